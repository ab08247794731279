//! The nesting of YAML, whose libraries take a time that grows with the square of the depth.

/// The most levels of nesting, far more than any document of this project has.
pub const MOST_LEVELS: usize = 500;

/// The first line in which brackets or list items are nested deeper than [`MOST_LEVELS`], from 1. A text with such a line is refused before
/// a library reads it.
///
/// ```
/// use gpu_carbon_feeds::yaml_nesting::too_deep_line;
/// assert_eq!(too_deep_line("a: [1, {b: 2}]\n- - c\n"), None);
/// assert_eq!(too_deep_line(&("a:\n".to_owned() + &"[".repeat(501))), Some(2));
/// ```
#[must_use]
pub fn too_deep_line(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    for (line, number) in text.lines().zip(1..) {
        let items = line.bytes().take_while(|byte| b"-?: ".contains(byte)).count();
        for byte in line.bytes() {
            match byte {
                b'[' | b'{' => open += 1,
                b']' | b'}' => open = open.saturating_sub(1),
                _ => {}
            }
            if open > MOST_LEVELS {
                return Some(number);
            }
        }
        if items > 2 * MOST_LEVELS {
            return Some(number);
        }
    }
    None
}
