//! Prometheus' remote write: a protobuf message, framed by Snappy, which is not asked to compress anything.

use anyhow::Result;

/// A request in the making.
#[derive(Debug, Default)]
pub struct WriteRequest {
    message: Vec<u8>,
    samples: usize,
}

impl WriteRequest {
    /// Adds a series with its samples: times in seconds since the epoch, in order, and values.
    pub fn push(&mut self, labels: &[(&str, &str)], samples: impl Iterator<Item = (f64, f64)>) {
        let mut sorted = labels.to_vec();
        sorted.sort_unstable();
        let mut series = Vec::new();
        for (name, value) in sorted {
            let mut label = Vec::new();
            bytes_field(1, name.as_bytes(), &mut label);
            bytes_field(2, value.as_bytes(), &mut label);
            bytes_field(1, &label, &mut series);
        }
        let before = self.samples;
        for (time, value) in samples {
            let mut sample = vec![0x09];
            sample.extend(value.to_le_bytes());
            sample.push(0x10);
            #[allow(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "of our time"
            )]
            varint((time * 1000.0) as u64, &mut sample);
            bytes_field(2, &sample, &mut series);
            self.samples += 1;
        }
        if self.samples > before {
            bytes_field(1, &series, &mut self.message);
        }
    }

    /// The number of samples in it.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// Sends it to a Prometheus whose remote-write receiver is enabled.
    ///
    /// # Errors
    ///
    /// When it is refused.
    pub fn send(self, url: &str) -> Result<()> {
        if self.samples == 0 {
            return Ok(());
        }
        ureq::post(format!("{url}/api/v1/write"))
            .header("Content-Encoding", "snappy")
            .header("Content-Type", "application/x-protobuf")
            .header("X-Prometheus-Remote-Write-Version", "0.1.0")
            .send(snappy(&self.message))?;
        Ok(())
    }
}

/// A field whose value is bytes.
fn bytes_field(number: u8, value: &[u8], into: &mut Vec<u8>) {
    into.push(number << 3 | 2);
    varint(value.len() as u64, into);
    into.extend(value);
}

#[allow(clippy::cast_possible_truncation, reason = "seven bits at a time")]
fn varint(mut value: u64, into: &mut Vec<u8>) {
    while value >= 0x80 {
        into.push((value & 0x7F) as u8 | 0x80);
        value >>= 7;
    }
    into.push(value as u8);
}

/// The block format with one literal whose length is in four bytes.
fn snappy(text: &[u8]) -> Vec<u8> {
    let mut block = Vec::with_capacity(text.len() + 16);
    varint(text.len() as u64, &mut block);
    block.push(63 << 2);
    #[allow(clippy::cast_possible_truncation, reason = "a request of some megabytes")]
    block.extend((text.len().saturating_sub(1) as u32).to_le_bytes());
    block.extend(text);
    block
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::cast_possible_truncation, reason = "of short texts")]
    fn a_request_is_the_protobuf_of_its_series() {
        let mut request = WriteRequest::default();
        request.push(&[("b", "2"), ("__name__", "m")], [(1.5, 1.0)].into_iter());
        request.push(&[("__name__", "without_samples")], std::iter::empty());
        assert_eq!(request.samples(), 1);
        let label = |name: &str, value: &str| {
            let inner = [&[0x0A, name.len() as u8], name.as_bytes(), &[0x12, 1], value.as_bytes()];
            let inner = inner.concat();
            [&[0x0A, inner.len() as u8], inner.as_slice()].concat()
        };
        let sample = [&[0x12, 12, 0x09][..], &1.0_f64.to_le_bytes(), &[0x10, 0xDC, 0x0B]].concat();
        let series = [label("__name__", "m"), label("b", "2"), sample].concat();
        let expected = [&[0x0A, series.len() as u8], series.as_slice()].concat();
        assert_eq!(request.message, expected);
        let framed = snappy(&expected);
        assert_eq!(framed[..6], [expected.len() as u8, 0xFC, expected.len() as u8 - 1, 0, 0, 0]);
        assert_eq!(framed[6..], expected);
    }
}
