//! Values of the registry, below `HKEY_LOCAL_MACHINE`.

use std::ptr::null_mut;

use windows_sys::Win32::System::Registry::{
    HKEY_LOCAL_MACHINE, REG_ROUTINE_FLAGS, RRF_RT_REG_DWORD, RRF_RT_REG_SZ, RegGetValueW,
};

use super::wide::wide;

/// A number.
pub(super) fn number(key: &str, value: &str) -> Option<u32> {
    let mut bytes = [0_u8; 4];
    let length = read(key, value, RRF_RT_REG_DWORD, &mut bytes)?;
    (length == bytes.len()).then(|| u32::from_ne_bytes(bytes))
}

/// A text of at most 127 units; no value that is asked for is longer.
pub(super) fn text(key: &str, value: &str) -> Option<String> {
    let mut bytes = [0_u8; 256];
    let length = read(key, value, RRF_RT_REG_SZ, &mut bytes)?;
    let units: Vec<u16> = bytes[..length]
        .chunks_exact(2)
        .map(|pair| u16::from_ne_bytes([pair[0], pair[1]]))
        .collect();
    let text = String::from_utf16_lossy(&units);
    Some(text.trim_end_matches('\0').to_string())
}

#[expect(unsafe_code, reason = "std knows no registry")]
fn read(key: &str, value: &str, kind: REG_ROUTINE_FLAGS, bytes: &mut [u8]) -> Option<usize> {
    let (key, value) = (wide(key), wide(value));
    let mut length = bytes.len() as u32;
    // SAFETY: the texts end with zeros, the buffer has `length` bytes, and all live through the call.
    let code = unsafe {
        let (root, to) = (HKEY_LOCAL_MACHINE, bytes.as_mut_ptr().cast());
        RegGetValueW(root, key.as_ptr(), value.as_ptr(), kind, null_mut(), to, &mut length)
    };
    (code == 0).then_some(length as usize).filter(|length| *length <= bytes.len())
}
