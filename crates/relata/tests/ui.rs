//! What a mistake is answered with: each message names the field and the cure, at the user's tokens.

#[test]
fn messages() {
    trybuild::TestCases::new().compile_fail("tests/ui/*/*.rs");
}
