//! Any header and any refusal of a registry is read or left alone, and none sends us where there is no TLS, or anything but
//! HTTP.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rpush::image::Host;
use rpush::registry::surface;

fuzz_target!(|input: (u16, &[u8], &[u8])| {
    let (status, header, body) = input;
    for realm in surface::challenges(header) {
        assert!(matches!(realm.scheme(), "http" | "https") && realm.has_host(), "{realm}");
        assert!(realm.username().is_empty() && realm.password().is_none(), "{realm}");
    }
    let words = surface::answer(status, &String::from_utf8_lossy(header), body);
    assert!(!words.is_empty() && words.len() <= 2 * body.len() + 4096, "{} bytes", words.len());
    let Ok(text) = std::str::from_utf8(header) else { return };
    let host: Host = "registry.example:5000".parse().expect("a host");
    let base = "https://registry.example:5000/".parse().expect("an address");
    for address in [Some(text), surface::next_page(text)].into_iter().flatten() {
        for url in surface::locations(&host, &base, address).into_iter().flatten() {
            assert!(url.scheme() == "https" && url.has_host(), "{address} leads to {url}");
        }
    }
    let _ = surface::ranges(text);
});
