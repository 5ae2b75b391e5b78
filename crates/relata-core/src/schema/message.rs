//! Messages built in const evaluation, where nothing can be formatted or allocated.

const ROOM: usize = 1024;

struct Message {
    bytes: [u8; ROOM],
    len: usize,
}

/// Fails with a template in which each `{}` stands for the next of the names, and each `{_}` for
/// the next in snake case. In const evaluation that is a compile error at the caller.
#[track_caller]
#[expect(clippy::panic, reason = "const evaluation: a compile error at the user's field")]
pub(super) const fn fail(template: &str, names: &[&str]) -> ! {
    panic!("{}", Message::fill(template, names).as_str())
}

impl Message {
    const fn fill(template: &str, names: &[&str]) -> Message {
        let template = template.as_bytes();
        let mut message = Message { bytes: [0; ROOM], len: 0 };
        let (mut at, mut next) = (0, 0);
        while at < template.len() {
            if template[at] != b'{' {
                message.push(template[at]);
                at += 1;
                continue;
            }
            let snake = template[at + 1] == b'_';
            message.push_name(names[next], snake);
            next += 1;
            at += if snake { 3 } else { 2 };
        }
        message
    }

    const fn push(&mut self, byte: u8) {
        if self.len < ROOM {
            self.bytes[self.len] = byte;
            self.len += 1;
        }
    }

    const fn push_name(&mut self, name: &str, snake: bool) {
        let name = name.as_bytes();
        let mut at = 0;
        while at < name.len() {
            if snake && at > 0 && name[at].is_ascii_uppercase() {
                self.push(b'_');
            }
            self.push(if snake { name[at].to_ascii_lowercase() } else { name[at] });
            at += 1;
        }
    }

    /// The text; where it was too long, up to the last whole character.
    const fn as_str(&self) -> &str {
        let bytes = self.bytes.split_at(self.len).0;
        match std::str::from_utf8(bytes) {
            Ok(text) => text,
            Err(cut) => match std::str::from_utf8(bytes.split_at(cut.valid_up_to()).0) {
                Ok(text) => text,
                Err(_) => "",
            },
        }
    }
}

/// The last name of a path such as `app::heroes::Hero`.
pub(super) const fn last_name(path: &str) -> &str {
    let bytes = path.as_bytes();
    let mut at = bytes.len();
    while at > 0 && bytes[at - 1] != b':' {
        at -= 1;
    }
    path.split_at(at).1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fill_the_template() {
        const FILLED: Message =
            Message::fill("`{}.{_}`: {_}_id", &["Hero", "bestTeam", "HeroTeam"]);
        assert_eq!(FILLED.as_str(), "`Hero.best_team`: hero_team_id");
    }

    #[test]
    fn a_long_text_is_cut_between_characters() {
        let long = "é".repeat(ROOM);
        let message = Message::fill("x{}", &[&long]);
        assert_eq!(message.as_str(), format!("x{}", "é".repeat((ROOM - 1) / 2)));
    }

    #[test]
    fn a_path_ends_in_its_name() {
        assert_eq!(last_name("app::heroes::Hero"), "Hero");
        assert_eq!(last_name("Hero"), "Hero");
    }
}
