//! Access tokens: what the one of this process says, and filtered ones like it.

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr::{null, null_mut};

use windows_sys::Win32::Foundation::HANDLE;
use windows_sys::Win32::Security as api;
use windows_sys::Win32::System::SystemServices::{
    SE_GROUP_ENABLED, SE_GROUP_INTEGRITY, SE_GROUP_USE_FOR_DENY_ONLY,
};
use windows_sys::Win32::System::Threading::{GetCurrentProcess, OpenProcessToken};

use super::credentials::{Administrators, Holder};
use super::wire::Identity;

/// The relative identifier of the built-in Administrator.
const ADMINISTRATOR: u32 = 500;
/// The authority below which the accounts of a machine or domain stand.
const NOT_UNIQUE: u32 = 21;

/// Who this process is. A token that cannot be read counts as a standard user's.
pub(super) fn own() -> Identity {
    let read = || -> io::Result<Identity> {
        let token = open(api::TOKEN_QUERY)?;
        let limited =
            number(&token, api::TokenElevationType)? == api::TokenElevationTypeLimited as u32;
        Ok(Identity::of_token(holder(&token)?, administrators(&token)?, limited))
    };
    read().unwrap_or(Identity::of_token(Holder::Other, Administrators::Absent, false))
}

/// Filtered tokens of an elevated administrator, best first: the twin that UAC keeps (only LocalSystem may start
/// processes under it), and a copy of this token that is filtered in the same way.
pub(super) fn filtered() -> Vec<OwnedHandle> {
    let access = api::TOKEN_QUERY
        | api::TOKEN_DUPLICATE
        | api::TOKEN_ASSIGN_PRIMARY
        | api::TOKEN_ADJUST_DEFAULT;
    let Ok(token) = open(access) else { return Vec::new() };
    [twin(&token), restricted(&token)].into_iter().filter_map(Result::ok).collect()
}

#[expect(unsafe_code, reason = "std knows no tokens")]
fn open(access: api::TOKEN_ACCESS_MASK) -> io::Result<OwnedHandle> {
    let mut token: HANDLE = null_mut();
    // SAFETY: the handle of the current process needs no closing; `token` is to be filled.
    succeeded(unsafe { OpenProcessToken(GetCurrentProcess(), access, &mut token) })?;
    // SAFETY: the call gave an open handle that is nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(token) })
}

/// What a token says of itself, in words of eight bytes, so that every structure in it is aligned.
#[expect(unsafe_code, reason = "std knows no tokens")]
fn information(token: &OwnedHandle, class: api::TOKEN_INFORMATION_CLASS) -> io::Result<Vec<u64>> {
    let mut length = 0;
    // SAFETY: no buffer, length 0: the call only says how much room it needs.
    unsafe { api::GetTokenInformation(token.as_raw_handle(), class, null_mut(), 0, &mut length) };
    let mut words = vec![0_u64; (length as usize).div_ceil(8).max(1)];
    let room = (words.len() * 8) as u32;
    // SAFETY: the buffer has `room` bytes and lives through the call.
    succeeded(unsafe {
        api::GetTokenInformation(
            token.as_raw_handle(),
            class,
            words.as_mut_ptr().cast(),
            room,
            &mut length,
        )
    })?;
    Ok(words)
}

fn number(token: &OwnedHandle, class: api::TOKEN_INFORMATION_CLASS) -> io::Result<u32> {
    let words = information(token, class)?;
    Ok(words[0] as u32)
}

#[expect(unsafe_code, reason = "security identifiers are read by Win32 functions only")]
fn holder(token: &OwnedHandle) -> io::Result<Holder> {
    let words = information(token, api::TokenUser)?;
    // SAFETY: the call filled the buffer with a TOKEN_USER, whose identifier lies in the same buffer, alive until the
    // end of this function.
    let sid = unsafe { (*words.as_ptr().cast::<api::TOKEN_USER>()).User.Sid };
    // SAFETY: as above, the identifier is valid.
    let known = |kind| unsafe { api::IsWellKnownSid(sid, kind) } != 0;
    if known(api::WinLocalSystemSid) {
        return Ok(Holder::LocalSystem);
    }
    if known(api::WinLocalServiceSid) {
        return Ok(Holder::LocalService);
    }
    if known(api::WinNetworkServiceSid) {
        return Ok(Holder::NetworkService);
    }
    // SAFETY: the identifier is valid, and only sub-authorities below their count are read.
    let parts: Vec<u32> = unsafe {
        let count = u32::from(*api::GetSidSubAuthorityCount(sid));
        (0..count).map(|i| *api::GetSidSubAuthority(sid, i)).collect()
    };
    let built_in = matches!(parts[..], [NOT_UNIQUE, _, _, _, ADMINISTRATOR]);
    Ok(if built_in { Holder::BuiltInAdministrator } else { Holder::Other })
}

#[expect(unsafe_code, reason = "security identifiers are read by Win32 functions only")]
fn administrators(token: &OwnedHandle) -> io::Result<Administrators> {
    let words = information(token, api::TokenGroups)?;
    let groups: *const api::TOKEN_GROUPS = words.as_ptr().cast();
    // SAFETY: the call filled the buffer with a TOKEN_GROUPS: a count and so many entries behind it, all in the buffer,
    // with their identifiers.
    let groups = unsafe {
        let first = (&raw const (*groups).Groups).cast::<api::SID_AND_ATTRIBUTES>();
        std::slice::from_raw_parts(first, (*groups).GroupCount as usize)
    };
    // SAFETY: the identifiers of the entries are valid, as above.
    let is = |sid| unsafe { api::IsWellKnownSid(sid, api::WinBuiltinAdministratorsSid) } != 0;
    let attributes = groups.iter().find(|group| is(group.Sid)).map(|group| group.Attributes);
    Ok(match attributes {
        None => Administrators::Absent,
        Some(a) if a & SE_GROUP_USE_FOR_DENY_ONLY as u32 != 0 => Administrators::DenyOnly,
        Some(a) if a & SE_GROUP_ENABLED as u32 != 0 => Administrators::Enabled,
        Some(_) => Administrators::DenyOnly,
    })
}

/// The filtered token that UAC keeps beside this one, as a token to start processes under.
#[expect(unsafe_code, reason = "std knows no tokens")]
fn twin(token: &OwnedHandle) -> io::Result<OwnedHandle> {
    if number(token, api::TokenElevationType)? != api::TokenElevationTypeFull as u32 {
        return Err(io::Error::other("this token has no filtered twin"));
    }
    let words = information(token, api::TokenLinkedToken)?;
    // SAFETY: the call filled the buffer with a TOKEN_LINKED_TOKEN, whose handle is open and nobody else's.
    let linked = unsafe {
        let linked = words.as_ptr().cast::<api::TOKEN_LINKED_TOKEN>();
        OwnedHandle::from_raw_handle((*linked).LinkedToken)
    };
    let (level, mut primary): (_, HANDLE) = (api::SecurityImpersonation, null_mut());
    // SAFETY: the linked token is open; `primary` is to be filled.
    succeeded(unsafe {
        api::DuplicateTokenEx(
            linked.as_raw_handle(),
            0,
            null(),
            level,
            api::TokenPrimary,
            &mut primary,
        )
    })?;
    // SAFETY: the call gave an open handle that is nobody else's.
    Ok(unsafe { OwnedHandle::from_raw_handle(primary) })
}

/// A copy of this token without the rights of an administrator, at medium integrity.
#[expect(unsafe_code, reason = "std knows no tokens")]
fn restricted(token: &OwnedHandle) -> io::Result<OwnedHandle> {
    let mut group = well_known(api::WinBuiltinAdministratorsSid)?;
    let group = api::SID_AND_ATTRIBUTES { Sid: group.as_mut_ptr().cast(), Attributes: 0 };
    let (flags, mut copy): (_, HANDLE) = (api::LUA_TOKEN | api::DISABLE_MAX_PRIVILEGE, null_mut());
    // SAFETY: the token is open, one identifier to disable is given, which is valid, and no other lists; `copy` is to
    // be filled.
    succeeded(unsafe {
        let token = token.as_raw_handle();
        api::CreateRestrictedToken(token, flags, 1, &group, 0, null(), 0, null(), &mut copy)
    })?;
    // SAFETY: the call gave an open handle that is nobody else's.
    let copy = unsafe { OwnedHandle::from_raw_handle(copy) };
    let mut level = well_known(api::WinMediumLabelSid)?;
    let label = api::SID_AND_ATTRIBUTES {
        Sid: level.as_mut_ptr().cast(),
        Attributes: SE_GROUP_INTEGRITY as u32,
    };
    let label = api::TOKEN_MANDATORY_LABEL { Label: label };
    let length = size_of::<api::TOKEN_MANDATORY_LABEL>() as u32;
    // SAFETY: the token is open; the label and its identifier live through the call. A system without integrity levels
    // refuses, which changes nothing.
    unsafe {
        let class = api::TokenIntegrityLevel;
        api::SetTokenInformation(copy.as_raw_handle(), class, (&raw const label).cast(), length);
    }
    Ok(copy)
}

/// A well-known security identifier, in words of eight bytes.
#[expect(unsafe_code, reason = "security identifiers are made by Win32 functions only")]
fn well_known(kind: api::WELL_KNOWN_SID_TYPE) -> io::Result<[u64; 9]> {
    let mut words = [0; 9];
    let mut length = size_of_val(&words) as u32;
    // SAFETY: the buffer has `length` bytes, more than SECURITY_MAX_SID_SIZE (68), and lives through the call.
    succeeded(unsafe {
        api::CreateWellKnownSid(kind, null_mut(), words.as_mut_ptr().cast(), &mut length)
    })?;
    Ok(words)
}

fn succeeded(result: i32) -> io::Result<()> {
    if result == 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
