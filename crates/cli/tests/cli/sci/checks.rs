//! Judgements of documents of others: right ones pass, and the faults of published examples are found.

use super::{check, folder};
use crate::harness::gpu_carbon;

/// A report by the template, with the numbers of the published example of a website.
fn website(score: &str) -> String {
    let component = |name: &str, score: &str| {
        format!(
            "### {name}\n\n**SCI Score:** {score} gCO₂e/visit\n**Calculation Method:** eim\n**Methodologies Used:**\n- **Energy:** Transfer\n- **Embodied Carbon:** None (assumed negligible)\n- **Functional Unit:** Visits\n\n"
        )
    };
    let parts = [
        ("Development", "0.0002"),
        ("Servers", "0.3917"),
        ("Network", "0.0192"),
        ("User", "3.5737"),
    ];
    let breakdown: String =
        parts.iter().map(|(name, score)| format!("- {name}: `{score} gCO2e/visit`\n")).collect();
    let components: String = parts.iter().map(|(name, score)| component(name, score)).collect();
    format!(
        "# A WEBSITE SCI REPORT\n\n**SCI:** `{score} gCO2e/visit`\n\n**Breakdown:**\n{breakdown}\n--\n\n**Application Name:** A website\n\n**Application Version:** 1.1\n\n**Application Description:** Pages.\n\n**Organization Name:** An organization\n\n**Accountable Organization:** An organization\n\n**Accountable Person:** A. Person\n\n**Accountable Contact:** a@example.org\n\n**Measurement Date:** Aug 31 2024\n\n**Measurement Timespan:** Aug 1 2024 - Aug 31 2024\n\n## Coefficients\n\n| Coefficient | Description | Value | Unit | Source |\n|---|---|---|---|---|\n| transfer-to-energy | Energy of a transfer | 0.001 | kWh/GB | a model |\n\n## Functional Unit\n\n**Functional Unit:** visits\n\n**Functional Unit Rationale:** Visits are counted.\n\n## Methodologies\n\n### Energy (E)\n\n#### Transfer\n**Method:** modeled\n**Key Coefficients:** transfer-to-energy\n\n### Functional Unit (R)\n\n#### Visits\n**Method:** sourced\n\n## Component Breakdown\n\n{components}"
    )
}

#[track_caller]
fn faults(name: &str, text: &str, expected: &[&str]) {
    let folder = folder();
    let found = check(&folder, name, text);
    let status = if expected.is_empty() { 0 } else { 1 };
    assert_eq!((found.status, found.err.as_str()), (Some(status), ""), "{}", found.out);
    let faults: Vec<&str> = found.out.lines().filter(|line| line.starts_with("- ")).collect();
    assert_eq!(faults.len(), expected.len(), "{}", found.out);
    for (fault, expected) in faults.iter().zip(expected) {
        assert!(fault.contains(expected), "{fault}");
    }
}

#[test]
fn the_total_of_the_published_website_is_refused() {
    faults("right.md", &website("3.9848"), &[]);
    // The published example prints 0.129 g; its own parts add up to 3.9848 g.
    let expected = "the scores of the 4 components add up to 3.9848 g per visit, and the score says 0.129: too low by a factor of 30.9";
    faults("website.md", &website("0.129"), &[expected]);
}

#[test]
fn each_fault_of_a_report_is_found() {
    let right = website("3.9848");
    for (from, to, expected) in [
        (
            "**Accountable Contact:** a@example.org",
            "**Accountable Contact:** `[EMAIL ADDRESS]`",
            "Accountable Contact is missing",
        ),
        ("**Method:** modeled", "**Method:** guessed", "Transfer is classed as `guessed`"),
        (
            "**Key Coefficients:** transfer-to-energy",
            "**Key Coefficients:** cpu-tdp",
            "refers to the coefficient `cpu-tdp`",
        ),
        (
            "- Network: `0.0192 gCO2e/visit`",
            "- Network: `0.0192 gCO2e/request`",
            "Network has a score for one request",
        ),
        ("**SCI:** `3.9848 gCO2e/visit`", "**SCI:** `four`", "SCI is `four`"),
    ] {
        let folder = folder();
        let found = check(&folder, "report.md", &right.replacen(from, to, 1)).out;
        assert!(found.contains(expected), "{found}");
    }
    let folder = folder();
    let found =
        check(&folder, "r.md", &right.replace("**SCI Score:** 0.0192", "**SCI Score:** 0.0292"))
            .out;
    assert!(found.contains("visit of the component Network"), "{found}");
    let found =
        check(&folder, "r.md", &right.replace("- **Energy:** Transfer", "- **Energy:** Storage"))
            .out;
    assert!(found.contains("refers to the methodology `Storage`"), "{found}");
}

#[test]
fn the_worked_examples_of_sci_for_ai_are_put_right() {
    // 9.1: the score is 0.13 g for a thousand tokens, and the text says a million; the provider's is right.
    let text = "#### 9.1.1 Consumer\n- Total Consumer operational carbon: 5,000 kg CO₂e/week\n- Total Consumer embodied carbon: 1,500 kg CO₂e/week\n- Consumer SCI = 6,500 kg CO₂e / 50 billion tokens = 0.13 g CO₂e/million tokens\n\n#### 9.1.2 Provider\n- Provider SCI = 200,000 kg CO₂e / (5 × 10²² FLOPs) = 4 × 10⁻¹⁸ kg CO₂e/FLOP = 4 g CO₂e/10¹⁵ FLOPs\n";
    faults(
        "9.1.md",
        text,
        &[
            "line 4, 9.1.1 Consumer: 6.5e6 g over 5e10 tokens is 130 g per 1e6 tokens, and the document says 0.13: too low by a factor of 1000",
        ],
    );
    faults("9.1.md", &text.replace("million tokens", "thousand tokens"), &[]);
    // An earlier text has 1e18 in place of 1e15.
    faults(
        "9.1.md",
        &text.replace("million tokens", "thousand tokens").replace("10¹⁵", "10¹⁸"),
        &["per 1e18 flops, and the document says 4: too low by a factor of 1000"],
    );
    // 9.2: 30,000 kg for a billion parameters; the text says 3,000 in one place and 30 in another.
    let text = |score: &str| {
        format!(
            "#### 9.2.1\n- Total Consumer emissions: 3,200 kg CO₂e/month\n- Total inferences: 40 million/month\n- Consumer SCI = 0.08 g CO₂e/inference\n\n#### 9.2.2\n- Total Provider emissions: 75,000 kg CO₂e\n- Total parameters: 2.5 billion\n- Provider SCI = {score} kg CO₂e/billion parameters\n"
        )
    };
    faults("9.2.md", &text("30,000"), &[]);
    faults(
        "9.2.md",
        &text("3,000"),
        &["3e7 g per 1e9 parameters, and the document says 3e6: too low by a factor of 10.0"],
    );
    faults("9.2.md", &text("30"), &["too low by a factor of 1000"]);
}

#[test]
fn a_self_certification_is_followed_through_its_sections() {
    let text = "# SCI Self-Certification\n\n**Organization name:** An organization\n\n**Contact name:** A. Person\n\n**Software name:** An API\n\n**Software version:** 2.4\n\n**Measurement start date:** 2026-02-01\n\n**Measurement end date:** 2026-02-28\n\n**Your SCI score:** 47.54 gCO2eq per 1,000,000 tokens\n\n**Total units in measurement period:** 23,200,000,000 tokens (23.2 billion)\n\n**Total energy consumed:** 1,977.70 kWh (1,814.40 kWh before PUE)\n\n**Carbon intensity value:** 420 gCO2eq/kWh\n\n**Total embodied emissions allocated to this measurement:** 272,328.77 gCO2eq\n";
    faults("disclosure.md", text, &[]);
    faults("disclosure.md", &text.replace("47.54", "4.754"), &["too low by a factor of 10.0"]);
    faults(
        "disclosure.md",
        &text.replace("**Contact name:** A. Person", "**Contact name:**"),
        &["Contact name is missing"],
    );
}

#[test]
fn a_report_yaml_has_what_its_format_requires() {
    let text = "sci:\n  software-boundary: A file.\n  sci: 0.5\n  r: 1\n  r-source: machine-learning-baseline\nmetadata:\n  name: Example\n  contact-name: A. Person\n  contact-email: a@example.org\n  guid: 25c78b6d-b049-424d-87c1-28f07e41bb23\n  entity-version: '0.1'\n  sci-version: 1.0\n  calculation-date: '2021-10-20'\n";
    faults("report.yaml", text, &[]);
    for (from, to, expected) in [
        ("  r-source: machine-learning-baseline\n", "", "sci/r-source is missing"),
        (
            "guid: 25c78b6d",
            "guid: 25c78b6",
            "metadata/guid is `25c78b6-b049-424d-87c1-28f07e41bb23`",
        ),
        ("'2021-10-20'", "'20.10.2021'", "metadata/calculation-date is `20.10.2021`"),
        ("r: 1", "r: 0", "the functional units (R) are 0"),
        ("sci: 0.5", "sci: half", "sci/sci is `half`, and must be a number"),
        ("a@example.org", "A. Person", "metadata/contact-email is `A. Person`"),
    ] {
        faults("report.yaml", &text.replacen(from, to, 1), &[expected]);
    }
}

#[test]
fn simple_json_is_enough() {
    let text = r#"{"sci": "1.133 g/request", "energy": "450 kWh", "intensity": "250 g/kWh", "operational": "112.5 kg", "embodied": "800 g", "r": "100,000 requests"}"#;
    faults("simple.json", text, &[]);
    faults(
        "simple.json",
        &text.replace("112.5 kg", "11.25 kg").replace("1.133", "0.1205"),
        &["energy x PUE x intensity is 112500 g, and the operational emissions say 11250"],
    );
    faults(
        "simple.json",
        &text.replace("1.133", "1.233"),
        &["is 1.133 g per request, and the document says 1.233"],
    );
    faults("simple.json", &text.replace("1.133 g/request", "?"), &["sci is `?`"]);
    faults(
        "parts.json",
        r#"{"sci": "0.24 g/prompt", "components": {"accelerator": "0.14 g/prompt", "host": "0.06 g/prompt", "idle": "0.02 g/prompt", "overhead": "0.02 g/prompt"}}"#,
        &[],
    );
}

#[test]
fn a_text_without_a_score_is_no_document() {
    let folder = folder();
    for (name, text) in
        [("a.md", "# Nothing\n"), ("a.json", "{}"), ("a.yaml", "a: 1\n"), ("a.txt", "")]
    {
        let found = check(&folder, name, text);
        assert_eq!((found.status, found.out.as_str()), (Some(2), ""), "{name}");
        assert!(
            found.err.contains("no score was found: expected a report by the template"),
            "{}",
            found.err
        );
    }
    let missing = gpu_carbon(["sci", "--check", "missing.md"]);
    assert_eq!(missing.status, Some(2));
}
