/* A stand-in for the one function of Windows' bcryptprimitives.dll that Rust
 * programs need. Wine before version 9 lacks the DLL, and without it they do
 * not start. Built and placed by scripts/wine-build; for Wine only. */
#include <windows.h>

/* RtlGenRandom, under the name advapi32 exports. */
BOOLEAN WINAPI SystemFunction036(PVOID buffer, ULONG length);

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE buffer, SIZE_T length)
{
    while (length > 0) {
        ULONG part = length > 0x10000000 ? 0x10000000 : (ULONG)length;
        if (!SystemFunction036(buffer, part))
            return FALSE;
        buffer += part;
        length -= part;
    }
    return TRUE;
}
