//! The patterns of NetBox's fields.

#[derive(Debug, Clone, Copy)]
pub(super) enum Pattern {
    Slug,
    UnicodeSlug,
    Color,
    Username,
    FieldName,
    DnsName,
    Email,
}

impl Pattern {
    pub(super) fn of(name: &str) -> Option<Pattern> {
        Some(match name {
            "slug" => Pattern::Slug,
            "unicode_slug" => Pattern::UnicodeSlug,
            "color" => Pattern::Color,
            "username" => Pattern::Username,
            "field_name" => Pattern::FieldName,
            "dns_name" => Pattern::DnsName,
            "email" => Pattern::Email,
            _ => return None,
        })
    }

    pub(super) fn fits(self, text: &str) -> bool {
        match self {
            Pattern::Slug => text.bytes().all(is_label),
            Pattern::UnicodeSlug => text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_')),
            Pattern::Color => text.len() == 6 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')),
            Pattern::Username => text.chars().all(|c| c.is_alphanumeric() || "_.@+-".contains(c)),
            // NetBox compares without case.
            Pattern::FieldName => text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'),
            Pattern::DnsName => {
                let mut labels = text.strip_suffix('.').unwrap_or(text).split('.').enumerate();
                labels.all(|(place, label)| (place == 0 && label == "*") || (!label.is_empty() && label.bytes().all(is_label)))
            }
            // No more than what every address has.
            Pattern::Email => text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()),
        }
    }

    /// What is allowed, in words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Pattern::Slug => "letters from a to z, digits, - and _",
            Pattern::UnicodeSlug => "letters, digits, - and _",
            Pattern::Color => "six of 0 to 9 and a to f",
            Pattern::Username => "letters, digits, and any of _ . @ + -",
            Pattern::FieldName => "letters from a to z, digits and _",
            Pattern::DnsName => "labels of letters, digits, - and _ with dots between",
            Pattern::Email => "an address with an @",
        }
    }
}

fn is_label(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}
