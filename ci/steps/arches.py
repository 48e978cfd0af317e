# SPDX-License-Identifier: GPL-2.0-only
"""What the generated programs are made of, for each architecture (srcarch in
ci/targets).

A piece is assembly.  In it, {d} and {s} are two of the data registers, which
survive calls and system calls; {i} is a small number and {I} one of 15 bits; {n}
makes labels unique; {c} is a condition.  {op} is one of "ops", which change a data
register and nothing else but flags.  Nothing may depend on where the stack is, on
what a system call returns, or on a register that no piece has set.

Left out are loops of load-linked and store-conditional on arm64, powerpc and riscv:
under a single step each exception ends the reservation, and they never end.
A pair without a loop is there where its outcome does not matter.  The
atomic operations are arm64's LSE and riscv's AMO.  x86's compare and exchange
does not mind.  x86's pause is left out, too: QEMU's machine executes the
instruction behind it in the same step.
"""

X86 = {
    'regs': ['rbx', 'rbp', 'r12', 'r13', 'r14', 'r15'],
    'head': '''
_start: mov $stack_end,%esp
        xor %eax,%eax
''',
    'set': 'movabs ${v:#x},%{d}',
    'exit': 'mov $231,%eax\n xor %edi,%edi\n syscall',
    'conditions': ['e', 'ne', 'l', 'ge', 'le', 'g', 'b', 'ae', 'be', 'a', 's',
                   'ns', 'o', 'no', 'p', 'np'],
    'ops': ['add %{s},%{d}', 'sub %{s},%{d}', 'xor %{s},%{d}',
            'imul %{s},%{d}', 'lea {I}(%{s},%{d},2),%{d}', 'rol ${i},%{d}',
            'not %{d}', 'neg %{d}', 'bswap %{d}', 'add ${I},%{d}',
            'imul ${I},%{s},%{d}', 'adc %{s},%{d}', 'shrd ${i},%{s},%{d}',
            'cmovs %{s},%{d}', 'popcnt %{s},%{d}\n lea 1(%{d},%{s}),%{d}',
            'btc ${i},%{d}', 'xchg %{s},%{d}'],
    'pieces': {
        'branch': '''cmp %{s},%{d}
                j{c} 1f
                {op}
                {op}
1:''',
        'branch-far': '''test ${I},%{d}
                .byte 0x0f, 0x85
                .long 1f-.-4
                {op}
1:''',
        'branch-back': '''jmp 2f
1:              {op}
                jmp 3f
2:              {op}
                cmp ${I},%{d}
                j{c} 1b
                {op}
3:''',
        'rcxz': '''mov %{d},%rcx
                and $1,%ecx
                jrcxz 1f
                {op}
1:''',
        'loop': '''mov ${i},%ecx
1:              {op}
                test $1,%{d}
                jz 2f
                {op}
2:              loop 1b''',
        'loopne': '''mov ${i},%ecx
1:              {op}
                cmp ${i},%{d}
                loopne 1b''',
        'nested': '''mov ${i},%esi
1:              mov $3,%edx
2:              {op}
                dec %edx
                jnz 2b
                {op}
                dec %esi
                jnz 1b''',
        'call': 'call f{f}',
        'call-indirect': 'lea f{f}(%rip),%rax\n call *%rax',
        'call-table': '''mov %{d},%rax
                and $3,%eax
                call *functions(,%rax,8)''',
        'jump-table': '''.pushsection .data
4:              .quad 1f, 2f, 3f, 2f
                .popsection
                mov %{s},%rax
                and $3,%eax
                jmp *4b(,%rax,8)
1:              {op}
2:              {op}
3:              {op}''',
        'jump': 'lea 1f(%rip),%rdx\n jmp *%rdx\n{op}\n1:',
        'next': 'jz 1f\n1:',
        'recurse': 'mov ${i},%edi\n call recursion',
        'pop-args': 'push %{d}\n push %{s}\n call popper',
        'frame': 'enter $32,$0\n movq ${I},-8(%rbp)\n pushq -8(%rbp)\n leave',
        'stack': 'push %{d}\n push %{s}\n pop %{d}\n pop %{s}',
        'flags': 'pushfq\n pop %rax',
        'pop-flags': 'push $0x202\n popfq\n {op}',
        'memory': '''lea words(%rip),%rdi
                mov %{d},8(%rdi)
                mov %{s},16(%rdi)
                mov 12(%rdi),%{d}
                movzwl 9(%rdi),%eax
                movsbq 17(%rdi),%rcx
                add %rcx,%{s}''',
        'prefixes': '''mov %{d},%rax
                .byte 0x66, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0
                .byte 0x2e, 0x66, 0x05
                .short 4660
                addw $4660,words(%rip)
                movabs words,%eax''',
        'atomic': '''lea words(%rip),%rdi
                mov ${I},%eax
                lock xadd %rax,(%rdi)
                xchg %{d},24(%rdi)
                lock incl 32(%rdi)
                lock btsq $3,40(%rdi)
                jc 1f
                {op}
1:''',
        'cmpxchg': '''lea words(%rip),%rdi
                mov (%rdi),%rax
1:              lea {i}(%rax),%rdx
                lock cmpxchg %rdx,(%rdi)
                jne 1b''',
        'sse': '''cvtsi2sd %{d},%xmm0
                cvtsi2sd %{s},%xmm1
                mulsd %xmm0,%xmm1
                addsd %xmm1,%xmm0
                divsd %xmm1,%xmm0
                ucomisd %xmm1,%xmm0
                jp 1f
                ja 1f
                {op}
1:              cvttsd2si %xmm0,%rax
                movdqa %xmm0,%xmm2
                paddd %xmm1,%xmm2''',
        'x87': '''fld1
                fldpi
                faddp
                fildl words(%rip)
                fcomip
                fstpl words+48(%rip)
                ja 1f
                {op}
1:''',
        'string': '''mov $words,%esi
                mov $words+128,%edi
                mov ${i},%ecx
                rep movsb
                movsl
                mov $3,%ecx
                rep stosq
                xor %ecx,%ecx
                rep stosb''',
        'string-while': '''mov $words,%esi
                mov $words+1,%edi
                mov $20,%ecx
                repe cmpsb
                mov $words,%edi
                mov $7,%al
                mov ${i},%ecx
                repne scasb
                jne 1f
                {op}
1:''',
        'syscall': 'mov $39,%eax\n syscall',
        'endbr': 'endbr64\n nop',
        'fence': 'mfence\n {op}',
    },
    'tail': '''
popper: mov 8(%rsp),%rax
        ret $16
recursion:
        push %rdi
        dec %edi
        jz 1f
        call recursion
1:      pop %rdi
        ret
''',
    'function': 'f{n}:\n{op}\n{op}\ntest ${I},%{d}\nj{c} 1f\nret\n1: {op}\nret',
    'syscalls': ('syscall',),
    'in_parts': ('rep ', 'repz ', 'repnz '),
}

ARM64 = {
    'regs': ['x19', 'x20', 'x21', 'x22', 'x23', 'x24'],
    'head': '''
        .arch armv8.1-a
_start: adr x9,stack_address
        ldr x9,[x9]
        mov sp,x9
''',
    'set': 'ldr {d},={v:#x}',
    'exit': 'mov x8,#94\n mov x0,#0\n svc #0\n'
            'stack_address: .quad stack_end',
    'conditions': ['eq', 'ne', 'hs', 'lo', 'mi', 'pl', 'vs', 'vc', 'hi', 'ls',
                   'ge', 'lt', 'gt', 'le', 'al'],
    'ops': ['add {d},{d},{s}', 'sub {d},{s},{d}', 'eor {d},{d},{s},ror #{i}',
            'mul {d},{d},{s}', 'madd {d},{d},{s},{s}', 'ror {d},{d},#{i}',
            'rbit {d},{d}', 'clz x9,{s}\n add {d},{d},x9', 'mvn {d},{d}',
            'ubfx {d},{s},#{i},#40', 'extr {d},{d},{s},#{i}',
            'adds {d},{d},#{i}', 'csel {d},{d},{s},lt', 'sxtw {d},{s:w}',
            'udiv x9,{s},{d}\n eor {d},{d},x9', 'crc32x {s:w},{s:w},{d}',
            'umulh {d},{d},{s}\n eon {d},{d},{s}'],
    'pieces': {
        'branch': 'cmp {d},{s}\n b.{c} 1f\n {op}\n {op}\n1:',
        'branch-back': '''b 2f
1:              {op}
                b 3f
2:              {op}
                tst {d},#0xff
                b.{c} 1b
                {op}
3:''',
        'cbz': 'and x9,{d},#1\n cbz x9,1f\n {op}\n1:',
        'cbnz': 'and x9,{s},#3\n cbnz w9,1f\n {op}\n1:',
        'tbz': 'tbz {d},#{i},1f\n {op}\n1:',
        'tbnz': 'tbnz {d},#63,1f\n {op}\n {op}\n1:',
        'ccmp': 'cmp {d},#{i}\n ccmp {s},#{i},#4,ne\n b.{c} 1f\n {op}\n1:',
        'loop': '''mov x10,#{i}
1:              {op}
                tbz {d},#0,2f
                {op}
2:              subs x10,x10,#1
                b.ne 1b''',
        'nested': '''mov x10,#{i}
1:              mov x11,#3
2:              {op}
                sub x11,x11,#1
                cbnz x11,2b
                {op}
                subs x10,x10,#1
                b.gt 1b''',
        'call': 'bl f{f}',
        'call-indirect': 'adr x9,f{f}\n blr x9',
        'call-table': '''ldr x9,=functions
                and x10,{d},#3
                ldr x9,[x9,x10,lsl #3]
                blr x9''',
        'jump-table': '''.pushsection .data
4:              .quad 1f, 2f, 3f, 2f
                .popsection
                ldr x9,=4b
                and x10,{s},#3
                ldr x9,[x9,x10,lsl #3]
                br x9
1:              {op}
2:              {op}
3:              {op}''',
        'jump': 'adr x12,1f\n br x12\n {op}\n1:',
        'next': 'cbz {d},1f\n1:',
        'return-elsewhere': 'adr x13,1f\n ret x13\n {op}\n1:',
        'recurse': 'mov x0,#{i}\n bl recursion',
        'memory': '''ldr x14,=words
                stp {d},{s},[x14,#16]
                ldrb w9,[x14,#17]
                ldrsw {s},[x14,#20]
                str {d},[x14],#8
                ldp x9,x10,[x14,#8]!
                add {s},{s},x9''',
        'atomic': '''ldr x14,=words
                mov x9,#{I}
                ldadd x9,x10,[x14]
                swpal {d},x11,[x14]
                ldclr x9,{s},[x14]
                ldumax x9,x11,[x14]''',
        'cas': '''ldr x14,=words
                ldr x9,[x14]
1:              mov x11,x9
                add x10,x9,#{i}
                cas x9,x10,[x14]
                cmp x9,x11
                b.ne 1b''',
        'exclusive': 'ldr x14,=words+64\n ldxr x9,[x14]\n stxr w10,{s},[x14]',
        'fp': '''scvtf d0,{d}
                scvtf d1,{s}
                fmul d1,d0,d1
                fadd d0,d0,d1
                fdiv d0,d0,d1
                fcmp d0,d1
                b.{c} 1f
                {op}
1:              fcvtzs x9,d0
                fmadd d2,d0,d1,d0''',
        'vector': '''dup v0.2d,{d}
                dup v1.4s,{s:w}
                add v2.4s,v0.4s,v1.4s
                addv s3,v2.4s
                fmov w9,s3
                tbz w9,#3,1f
                {op}
1:''',
        'syscall': 'mov x8,#172\n svc #0',
        'hints': 'nop\n yield\n dmb ish\n {op}',
    },
    'tail': '''
recursion:
        stp x29,x30,[sp,#-32]!
        str x0,[sp,#16]
        subs x0,x0,#1
        b.eq 1f
        bl recursion
1:      ldr x0,[sp,#16]
        ldp x29,x30,[sp],#32
        ret
        .ltorg
''',
    'function': 'f{n}:\n{op}\n{op}\ntst {d},#2\nb.{c} 1f\nret\n1: {op}\nret',
    'syscalls': ('svc',),
    'in_parts': (),
}

POWERPC = {
    'regs': ['14', '15', '16', '17', '18', '19'],
    'head': '''
        .abiversion 2
_start: lis 1,(stack_end-1024)@ha
        addi 1,1,(stack_end-1024)@l
        lis 20,words@ha
        addi 20,20,words@l
        li 0,0
        mtctr 0
        mtlr 0
        mtxer 0
        mtcr 0
''',
    'set': '''lis {d},{v:#x}>>48
        ori {d},{d},({v:#x}>>32)&0xffff
        sldi {d},{d},32
        oris {d},{d},({v:#x}>>16)&0xffff
        ori {d},{d},{v:#x}&0xffff''',
    'exit': 'li 0,234\n li 3,0\n sc',
    'conditions': ['lt', 'ge', 'gt', 'le', 'eq', 'ne', 'so', 'ns'],
    'ops': ['add {d},{d},{s}', 'subf {d},{d},{s}', 'xor {d},{d},{s}',
            'mulld {d},{d},{s}', 'rotldi {d},{d},{i}', 'nor {d},{d},{s}',
            'extsw {d},{s}', 'cntlzd 9,{s}\n add {d},{d},9', 'neg {d},{d}',
            'addi {d},{d},{I}', 'oris {d},{d},{I}', 'rldicl {d},{s},{i},3',
            'addc {d},{d},{s}', 'adde {d},{d},{s}', 'add. {d},{d},{s}',
            'mulhd {d},{d},{s}\n eqv {d},{d},{s}', 'popcntd 9,{s}\n add {d},{d},9',
            'ori 9,{s},1\n divdu 9,{d},9\n xor {d},{d},9', 'isel {d},{d},{s},2'],
    'pieces': {
        'branch': 'cmpd {d},{s}\n b{c} 1f\n {op}\n {op}\n1:',
        'branch-field': 'cmpld cr6,{d},{s}\n b{c} cr6,1f\n {op}\n1:',
        'branch-record': 'andi. 9,{d},{i}\n beq+ 1f\n {op}\n1:',
        'branch-logic': 'cmpd cr1,{d},{s}\n crnor 0,4,6\n blt 1f\n {op}\n1:',
        'branch-back': '''b 2f
1:              {op}
                b 3f
2:              {op}
                cmpdi cr7,{d},{i}
                b{c} cr7,1b
                {op}
3:''',
        'loop': '''li 9,{i}
                mtctr 9
1:              {op1}
                andi. 10,{d},1
                beq 2f
                {op1}
2:              bdnz 1b''',
        'loop-while': '''li 9,{i}
                mtctr 9
1:              {op1}
                andi. 10,{d},3
                bdnzf eq,1b''',
        'bdz': 'li 9,2\n mtctr 9\n bdz 1f\n bdz 2f\n1: {op}\n2:',
        'nested': '''li 21,{i}
1:              li 9,3
                mtctr 9
2:              {op1}
                bdnz 2b
                {op}
                addic. 21,21,-1
                bne 1b''',
        'call': 'bl f{f}',
        'call-indirect': 'lis 12,f{f}@ha\n addi 12,12,f{f}@l\n mtctr 12\n bctrl',
        'call-table': '''lis 11,functions@ha
                addi 11,11,functions@l
                rldic 9,{d},3,59
                ldx 12,11,9
                mtctr 12
                bctrl''',
        'jump-table': '''.pushsection .data
                .balign 8
4:              .quad 1f, 2f, 3f, 2f
                .popsection
                lis 11,4b@ha
                addi 11,11,4b@l
                rldic 9,{s},3,59
                ldx 12,11,9
                mtctr 12
                bctr
1:              {op}
2:              {op}
3:              {op}''',
        'next': 'bcl 20,31,1f\n1: mflr 9\n cmpd {d},{s}\n b{c} 1f\n1: {op}',
        'recurse': 'li 3,{i}\n bl recursion',
        'memory': '''std {d},8(20)
                stdu {s},16(20)
                lwa {s},-8(20)
                lbz 9,3(20)
                lhbrx 10,0,20
                addi 20,20,-16
                add {d},{d},9''',
        'atomic': '''addi 9,20,64
                lwarx 10,0,9
                addi 10,10,{i}
                stwcx. 10,0,9
                ldarx 10,0,9
                stdcx. 10,0,9
                lwsync''',
        'fp': '''std {d},32(20)
                std {s},40(20)
                lfd 0,32(20)
                lfd 1,40(20)
                fcfid 0,0
                fcfid 1,1
                fmul 1,0,1
                fadd 0,0,1
                fdiv 0,0,1
                fcmpu cr5,0,1
                b{c} cr5,1f
                {op}
1:              fctidz 2,0
                stfd 2,32(20)
                ld 9,32(20)''',
        'syscall': 'li 0,20\n sc',
        'string': 'mtxer 0\n mfcr 9\n mtcrf 0x80,9\n {op}',
        'sync': 'nop\n isync\n sync\n {op}',
    },
    'tail': '''
recursion:
        mflr 0
        std 0,16(1)
        stdu 1,-48(1)
        std 3,40(1)
        addic. 3,3,-1
        beq 1f
        bl recursion
1:      ld 3,40(1)
        addi 1,1,48
        ld 0,16(1)
        mtlr 0
        blr
''',
    'function': 'f{n}:\n{op}\n{op}\nandi. 9,{d},2\nb{c}lr\n{op}\nblr',
    'syscalls': ('sc',),
    'in_parts': (),
}

RISCV = {
    'regs': ['s2', 's3', 's4', 's5', 's6', 's7'],
    'head': '''
        .option norelax
_start: lla sp,stack_end
''',
    'set': 'li {d},{v:#x}',
    'exit': 'li a7,94\n li a0,0\n ecall',
    'conditions': ['eq', 'ne', 'lt', 'ge', 'ltu', 'geu'],
    'ops': ['add {d},{d},{s}', 'sub {d},{s},{d}', 'xor {d},{d},{s}',
            'mul {d},{d},{s}', 'slli {d},{d},{i}\n addi {d},{d},{i}',
            'not {d},{d}', 'addi {d},{d},{i}', 'srai t0,{s},{i}\n xor {d},{d},t0',
            'mulh t0,{d},{s}\n add {d},{d},t0', 'sext.w {d},{s}',
            'divu t0,{s},{d}\n xor {d},{d},t0', 'sltu t0,{d},{s}\n sub {d},{d},t0',
            'addw {d},{d},{s}', 'auipc t0,{i}\n mv t0,{s}\n or {d},{d},t0',
            'lui t0,{I}\n add {d},{d},t0', '.option push\n .option norvc\n'
            ' add {d},{d},{s}\n nop\n .option pop'],
    'pieces': {
        'branch': 'b{c} {d},{s},1f\n {op}\n {op}\n1:',
        'branch-zero': 'andi a5,{d},1\n beqz a5,1f\n {op}\n1: bnez a5,1f\n {op}\n1:',
        'branch-long': '''.option push
                .option norvc
                andi a5,{s},2
                bnez a5,1f
                {op}
1:              j 2f
                {op}
2:              .option pop''',
        'branch-back': '''j 2f
1:              {op}
                j 3f
2:              {op}
                b{c} {d},{s},1b
                {op}
3:''',
        'loop': '''li t1,{i}
1:              {op}
                andi t2,{d},1
                beqz t2,2f
                {op}
2:              addi t1,t1,-1
                bnez t1,1b''',
        'nested': '''li t1,{i}
1:              li t2,3
2:              {op}
                addi t2,t2,-1
                bgtz t2,2b
                {op}
                addi t1,t1,-1
                bnez t1,1b''',
        'call': 'call f{f}',
        'call-near': 'jal f{f}',
        'call-indirect': 'lla t3,f{f}\n jalr t3',
        'call-offset': 'lla t3,f{f}-16\n jalr ra,16(t3)',
        'call-same': 'lla ra,f{f}\n jalr ra,0(ra)',
        'call-table': '''lla t3,functions
                andi t4,{d},3
                slli t4,t4,3
                add t3,t3,t4
                ld t3,0(t3)
                jalr t3''',
        'jump-table': '''.pushsection .data
                .balign 8
4:              .quad 1f, 2f, 3f, 2f
                .popsection
                lla t3,4b
                andi t4,{s},3
                slli t4,t4,3
                add t3,t3,t4
                ld t3,0(t3)
                jr t3
1:              {op}
2:              {op}
3:              {op}''',
        'next': 'beq {d},{s},1f\n1: jal t3,1f\n1: {op}',
        'recurse': 'li a0,{i}\n call recursion',
        'memory': '''lla t3,words
                sd {d},8(t3)
                sd {s},16(t3)
                lw {s},12(t3)
                lbu t4,17(t3)
                add {d},{d},t4
                mv a2,t3
                c.ld a3,0(a2)
                c.sw a3,4(a2)''',
        'stack': 'addi sp,sp,-32\n sd {d},8(sp)\n ld {s},8(sp)\n addi sp,sp,32',
        'atomic': '''lla t3,words
                li t4,{i}
                amoadd.d t5,t4,(t3)
                amoswap.d.aqrl t5,{d},(t3)
                amomaxu.w t5,{s},(t3)
                amoxor.d {s},t4,(t3)''',
        'fp': '''fcvt.d.l fa0,{d}
                fcvt.d.l fa1,{s}
                fmul.d fa1,fa0,fa1
                fadd.d fa0,fa0,fa1
                fdiv.d fa0,fa0,fa1
                flt.d t4,fa0,fa1
                beqz t4,1f
                {op}
1:              fcvt.l.d t4,fa0,rtz
                lla t3,words
                fsd fa0,48(t3)
                fld fa2,48(t3)''',
        'syscall': 'li a7,172\n ecall',
        'fence': 'nop\n fence\n {op}',
        'csr': 'frflags t4\n fsflags zero\n {op}',
    },
    'tail': '''
recursion:
        addi sp,sp,-32
        sd ra,8(sp)
        sd a0,16(sp)
        addi a0,a0,-1
        beqz a0,1f
        call recursion
1:      ld a0,16(sp)
        ld ra,8(sp)
        addi sp,sp,32
        ret
''',
    'function': 'f{n}:\n{op}\n{op}\nb{c} {d},{s},1f\nret\n1: {op}\nret',
    'syscalls': ('ecall',),
    'in_parts': (),
}

S390 = {
    'regs': ['%r6', '%r7', '%r8', '%r9', '%r10', '%r11'],
    'head': '''
_start: larl %r15,stack_end-320
        larl %r12,words
        lghi %r13,0
''',
    'set': 'llihf {d},{v:#x}>>32\n oilf {d},{v:#x}&0xffffffff',
    'exit': 'lghi %r2,0\n lghi %r1,248\n svc 0',
    'conditions': ['e', 'ne', 'l', 'nl', 'h', 'nh', 'he', 'le', 'o', 'no'],
    'ops': ['agr {d},{s}', 'sgr {d},{s}', 'xgr {d},{s}', 'msgr {d},{s}',
            'rllg {d},{d},{i}', 'lcgr {d},{d}', 'lgfr {d},{s}', 'ar {d},{s}',
            'aghi {d},{I}', 'agfi {d},{I}', 'la {d},{i}({d},{s})',
            'slgr {d},{s}', 'algr {d},{s}', 'xilf {d},{I}', 'alcgr {d},{s}',
            'sllg {d},{d},1', 'xr {d},{s}', 'lgbr %r3,{s}\n agr {d},%r3',
            'locgrl {d},{s}', 'risbg {d},{s},{i},40,3'],
    'pieces': {
        'branch': 'cgr {d},{s}\n j{c} 1f\n {op}\n {op}\n1:',
        'branch-long': 'clgr {d},{s}\n jg{c} 1f\n {op}\n1:',
        'branch-register': 'larl %r1,1f\n cghi {d},{i}\n b{c}r %r1\n {op}\n1:',
        'branch-compare': 'cgrjl {d},{s},1f\n {op}\n1: cgijne {d},{i},1f\n {op}\n1:',
        'branch-mask': 'tmll {d},{i}\n jz 1f\n {op}\n1:',
        'branch-back': """j 2f
1:              {op}
                j 3f
2:              {op}
                cghi {d},{i}
                j{c} 1b
                {op}
3:""",
        'loop': """lghi %r3,{i}
1:              {op}
                tmll {d},1
                jz 2f
                {op}
2:              brctg %r3,1b""",
        'loop-register': """lghi %r3,{i}
                larl %r4,1f
1:              {op}
                bctr %r3,%r4""",
        'count-only': 'lghi %r3,{i}\n bctr %r3,0\n {op}',
        'loop-index': """lghi %r2,0
                lghi %r4,2
                lghi %r5,{i}
1:              {op}
                brxlg %r2,%r4,1b""",
        'nested': """lghi %r3,{i}
1:              lghi %r4,3
2:              {op}
                brct %r4,2b
                {op}
                brctg %r3,1b""",
        'call': 'brasl %r14,f{f}',
        'call-near': 'bras %r14,f{f}',
        'call-indirect': 'larl %r1,f{f}\n basr %r14,%r1',
        'call-nowhere': 'basr %r1,0\n {op}',
        'call-table': """larl %r1,functions
                risbg %r2,{d},59,188,3
                lg %r1,0(%r2,%r1)
                basr %r14,%r1""",
        'jump-table': """.pushsection .data
                .balign 8
4:              .quad 1f, 2f, 3f, 2f
                .popsection
                larl %r1,4b
                risbg %r2,{s},59,188,3
                lg %r1,0(%r2,%r1)
                br %r1
1:              {op}
2:              {op}
3:              {op}""",
        'next': 'j{c} 1f\n1: {op}',
        'recurse': 'lghi %r2,{i}\n brasl %r14,recursion',
        'execute': 'larl %r1,5f\n ex 0,0(%r1)\n exrl 0,5f\n {op}',
        'memory': """stg {d},8(%r12)
                stmg {d},{d},16(%r12)
                lgf {s},12(%r12)
                llgc %r3,17(%r12)
                mvc 32(16,%r12),8(%r12)
                xc 40(8,%r12),40(%r12)
                clc 8(8,%r12),16(%r12)
                j{c} 1f
                {op}
1:""",
        'atomic': """lghi %r2,{i}
                laag %r3,%r2,64(%r12)
                lg %r3,64(%r12)
1:              lgr %r4,%r3
                aghi %r4,{i}
                csg %r3,%r4,64(%r12)
                jne 1b""",
        'fp': """cdgbr %f0,{d}
                cdgbr %f1,{s}
                mdbr %f1,%f0
                adbr %f0,%f1
                ddbr %f0,%f1
                cdbr %f0,%f1
                jl 1f
                {op}
1:              cgdbr %r3,5,%f0
                std %f0,72(%r12)""",
        'syscall': 'svc 20',
        'nops': 'nopr\n nop 0\n brcl 0,0\n {op}',
    },
    'tail': """
5:      xr %r3,%r3
recursion:
        stmg %r14,%r15,112(%r15)
        aghi %r15,-160
        stg %r2,152(%r15)
        aghi %r2,-1
        jz 1f
        brasl %r14,recursion
1:      lg %r2,152(%r15)
        lmg %r14,%r15,272(%r15)
        br %r14
""",
    'function': 'f{n}:\n{op}\n{op}\ntmll {d},2\nj{c} 1f\nbr %r14\n1: {op}\nbr %r14',
    'syscalls': ('svc',),
    'in_parts': (),
}

ARCHES = {
    'x86': X86,
    'arm64': ARM64,
    'powerpc': POWERPC,
    'riscv': RISCV,
    's390': S390,
}
