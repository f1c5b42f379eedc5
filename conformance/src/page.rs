//! The frame of every HTML page: one document that needs nothing else, to be read by eye, by keyboard and by a screen reader.

use maud::{DOCTYPE, Markup, PreEscaped, html};

/// What all pages look like, in light and dark.
const STYLE: &str = include_str!("page/style.css");

/// A document of one file.
pub struct Page<'a> {
    /// In the title bar and above the page.
    pub title: &'a str,
    /// Rules of style that this kind of page adds.
    pub style: &'a str,
    /// What `<main>` holds, below the title.
    pub body: &'a Markup,
    /// A script that the page can be read without; empty for none.
    pub script: &'a str,
}

impl Page<'_> {
    /// The text of the document.
    #[must_use]
    pub fn to_html(&self) -> String {
        self.to_html_within(&html! {}, &html! {})
    }

    /// The same as a page among others: with what stands before and behind `<main>`.
    #[must_use]
    pub fn to_html_within(&self, before: &Markup, behind: &Markup) -> String {
        let document = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="generator" content={ "portres " (crate::VERSION) };
                    title { (self.title) }
                    style { (PreEscaped(STYLE)) (PreEscaped(self.style)) }
                }
                body {
                    a.skip href="#main" { "To the text" }
                    (before)
                    main #main {
                        h1 { (self.title) }
                        (self.body)
                    }
                    (behind)
                    footer { p { "Written by portres " (crate::VERSION) "." } }
                    @if !self.script.is_empty() {
                        script { (PreEscaped(self.script)) }
                    }
                }
            }
        };
        document.into_string() + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The colours of a scheme, by name.
    fn colours(scheme: &str) -> Vec<(&str, [f64; 3])> {
        let one = |declared: &'static str| {
            let (name, value) = declared.split_once(':').expect("a name and a value");
            let value = value.trim().strip_prefix('#')?;
            let part = |at: usize| {
                u8::from_str_radix(&value[at..at + 2], 16).map(f64::from).expect("a colour")
            };
            Some((name.trim(), [part(0), part(2), part(4)]))
        };
        let from = STYLE.find(scheme).expect("the scheme");
        let block = STYLE[from..].split_once(":root {").expect("its colours").1;
        let block = block.split_once('}').expect("its end").0;
        block.split(';').filter(|d| d.contains("--")).filter_map(one).collect()
    }

    /// Relative luminance, as WCAG 2 defines it.
    fn luminance(colour: [f64; 3]) -> f64 {
        let linear = colour.map(|part| {
            let part = part / 255.0;
            if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    fn contrast(a: [f64; 3], b: [f64; 3]) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn contrast_is_aa_in_light_and_dark() {
        for scheme in ["Contrast is AA", "prefers-color-scheme: dark"] {
            let colours = colours(scheme);
            let of = |name: &str| {
                colours.iter().find(|(n, _)| *n == name).unwrap_or_else(|| panic!("no {name}")).1
            };
            for ground in ["--ground", "--panel"] {
                for (text, least) in [
                    ("--text", 4.5),
                    ("--faint", 4.5),
                    ("--link", 4.5),
                    ("--good", 4.5),
                    ("--bad", 4.5),
                    ("--open", 4.5),
                    ("--line", 3.0),
                ] {
                    let found = contrast(of(text), of(ground));
                    assert!(found >= least, "{scheme}: {text} on {ground} is {found:.2}");
                }
            }
        }
    }

    #[test]
    fn text_is_escaped_and_nothing_is_fetched() {
        let body = html! { p { "<script>" } };
        let page = Page { title: "a & b", style: "", body: &body, script: "" }.to_html();
        assert!(page.contains("<title>a &amp; b</title>"), "{page}");
        assert!(page.contains("&lt;script&gt;"), "{page}");
        assert!(!page.contains("http"), "{page}");
    }
}
