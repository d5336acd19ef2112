// What the loader has of each kind of processor: system_call(), and _start, which calls serialtcp_loader_run() with the stack
// as the kernel has left it: the number of arguments, the arguments, 0, the environment, 0. System V ABIs of the processors;
// syscall(2) has the registers. The tenth kind is a block here.
#pragma once

extern "C" [[noreturn, gnu::used]] void serialtcp_loader_run(const unsigned long* stack);

namespace serialtcp::loader {

/// A negative result is an error, by its number.
long system_call(long number, long a, long b = 0, long c = 0, long d = 0, long e = 0);

#if defined(__x86_64__)
__asm__(
    ".text\n.globl _start\n_start:\n"
    "  xor %ebp, %ebp\n  mov %rsp, %rdi\n  and $-16, %rsp\n  call serialtcp_loader_run\n");

inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  __asm__ volatile("syscall"
                   : "+a"(number)
                   : "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
                   : "rcx", "r11", "memory");
  return number;
}

#elif defined(__i386__)
__asm__(
    ".text\n.globl _start\n_start:\n"
    "  xor %ebp, %ebp\n  mov %esp, %eax\n  and $-16, %esp\n  sub $12, %esp\n  push %eax\n"
    "  call serialtcp_loader_run\n");

inline long system_call(long number, long a, long b, long c, long d, long e) {
  __asm__ volatile("int $0x80" : "+a"(number) : "b"(a), "c"(b), "d"(c), "S"(d), "D"(e) : "memory");
  return number;
}

#elif defined(__aarch64__)
__asm__(".text\n.globl _start\n_start:\n  mov x0, sp\n  bl serialtcp_loader_run\n");

inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}

#elif defined(__arm__) && defined(__ARM_EABI__)
__asm__(
    ".text\n.syntax unified\n.arm\n.globl _start\n.type _start, %function\n_start:\n"
    "  mov r0, sp\n  bic sp, sp, #7\n  bl serialtcp_loader_run\n");

inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long r7 __asm__("r7") = number;
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  __asm__ volatile("svc 0" : "+r"(r0) : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4) : "memory");
  return r0;
}

#elif defined(__riscv)
__asm__(".text\n.globl _start\n_start:\n  mv a0, sp\n  andi sp, sp, -16\n  jal serialtcp_loader_run\n");

inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long a7 __asm__("a7") = number;
  register long a0 __asm__("a0") = a;
  register long a1 __asm__("a1") = b;
  register long a2 __asm__("a2") = c;
  register long a3 __asm__("a3") = d;
  register long a4 __asm__("a4") = e;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4) : "memory");
  return a0;
}

#elif defined(__s390x__)
__asm__(
    ".text\n.globl _start\n_start:\n"
    "  lgr %r2, %r15\n  aghi %r15, -160\n  xc 0(8,%r15), 0(%r15)\n  brasl %r14, serialtcp_loader_run\n");

inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long r1 __asm__("r1") = number;
  register long r2 __asm__("r2") = a;
  register long r3 __asm__("r3") = b;
  register long r4 __asm__("r4") = c;
  register long r5 __asm__("r5") = d;
  register long r6 __asm__("r6") = e;
  __asm__ volatile("svc 0" : "+d"(r2) : "d"(r1), "d"(r3), "d"(r4), "d"(r5), "d"(r6) : "memory", "cc");
  return r2;
}

#elif defined(__mips__) && _MIPS_SIM == _ABIO32
// Without abicalls: code that may be anywhere takes half as much again, more than there is room for.
__asm__(
    ".text\n.globl _start\n_start:\n"
    "  move $4, $29\n  li $8, -8\n  and $29, $29, $8\n  addiu $29, $29, -16\n"
    "  jal serialtcp_loader_run\n");

inline long system_call(long number, long a, long b, long c, long d, long e) {
  register long v0 __asm__("$2") = number;
  register long a0 __asm__("$4") = a;
  register long a1 __asm__("$5") = b;
  register long a2 __asm__("$6") = c;
  register long a3 __asm__("$7") = d;
  register long t0 __asm__("$8") = e;
  __asm__ volatile("subu $29, 32\n sw $8, 16($29)\n syscall\n addiu $29, 32"
                   : "+r"(v0), "+r"(a3), "+r"(t0)
                   : "r"(a0), "r"(a1), "r"(a2)
                   : "$1", "$3", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo",
                     "memory");
  return a3 != 0 ? -v0 : v0;
}

#else
#error "the loader does not know this kind of processor"
#endif

}  // namespace serialtcp::loader
