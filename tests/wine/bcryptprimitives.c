/* Random bytes for programs of Windows 10 under a wine that has no bcryptprimitives.dll (before 9); tests/wine/run puts
 * it beside the libraries of wine. It is in no package: Windows brings its own. */
#include <windows.h>
#include <ntsecapi.h>

BOOL WINAPI ProcessPrng(PBYTE bytes, SIZE_T count) {
  while (count > 0) {
    ULONG part = count > 0x40000000 ? 0x40000000 : (ULONG)count;
    if (!RtlGenRandom(bytes, part)) return FALSE;
    bytes += part;
    count -= part;
  }
  return TRUE;
}
