//! Any text as a study: it is read, and then reads back from its own full form as the same study,
//! or it is refused; nothing panics.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wattshift::input::study::{Overrides, Source, Study};

fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for text in [text.to_string(), format!("extends = \"default\"\n{text}")] {
        let read = Study::from_text("s", &text, &Source::Embedded, &Overrides::default());
        let Ok(study) = read else { continue };
        let texts = study.inputs.iter().map(|input| (input.key.clone(), input.text.clone()));
        let source = Source::Manifest(texts.collect());
        let full = study.resolved_toml();
        let again = Study::from_text("full", &full, &source, &Overrides::default());
        assert!(again.as_ref() == Ok(&study), "a study does not read back from its full form");
    }
});
