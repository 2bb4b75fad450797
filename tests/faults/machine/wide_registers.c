/* Between user-mode-linux and the host's ptrace, on processors whose registers are more than it knows (AMX).

   The host takes and gives the extended state as a whole alone (arch/x86/kernel/fpu/regset.c: another size is EFAULT);
   user-mode-linux asks for as much as AVX-512 needs (2,696 bytes). So the whole is fetched, and its beginning
   replaced. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <elf.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef NT_X86_XSTATE
#define NT_X86_XSTATE 0x202
#endif

static char whole[1 << 16];

static long host(int request, pid_t pid, void *addr, void *data)
{
	static long (*real)(int, ...);
	if (!real)
		real = (long (*)(int, ...))dlsym(RTLD_NEXT, "ptrace");
	return real(request, pid, addr, data);
}

long ptrace(enum __ptrace_request request, ...)
{
	va_list rest;
	va_start(rest, request);
	pid_t pid = va_arg(rest, pid_t);
	void *addr = va_arg(rest, void *);
	void *data = va_arg(rest, void *);
	va_end(rest);

	int is_get = request == PTRACE_GETREGSET, is_set = request == PTRACE_SETREGSET;
	if ((!is_get && !is_set) || (long)addr != NT_X86_XSTATE)
		return host(request, pid, addr, data);

	struct iovec *theirs = data, all = {whole, sizeof whole};
	long answer = host(PTRACE_GETREGSET, pid, addr, &all);
	if (answer)
		return answer;
	size_t known = theirs->iov_len < all.iov_len ? theirs->iov_len : all.iov_len;
	if (is_get) {
		memcpy(theirs->iov_base, whole, known);
		theirs->iov_len = known;
		return 0;
	}
	memcpy(whole, theirs->iov_base, known);
	return host(PTRACE_SETREGSET, pid, addr, &all);
}
