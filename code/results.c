/* results.c - is the result of a call used? See code.h. */
#include <remlock/code.h>

#include <capstone/capstone.h>

#include <link.h>
#include <stddef.h>

enum {
    MOST_INSTRUCTIONS = 512,   /* looked at, behind one call */
    MOST_WAYS = 64,            /* jumps that were not followed yet */
    LONGEST_INSTRUCTION = 15,  /* bytes */
    WHOLE_REGISTER_STARTS = 4, /* writing so many bytes clears the rest */
};

/* What an instruction does to the register with the result. */
enum fate {
    FATE_KEPT,
    FATE_READ,
    FATE_LOST,
};

struct walk {
    csh handle;
    cs_insn *instruction;
    uint64_t ways[MOST_WAYS];
    uint32_t way_count;
    uint64_t seen[MOST_INSTRUCTIONS];
    uint32_t seen_count;
};

/* -------------------------------------------------------------------------------------------- where code can be read -- */

struct range {
    uintptr_t address;
    size_t readable;
};

static int find_segment(struct dl_phdr_info *image, size_t size, void *argument)
{
    struct range *range = argument;
    (void)size;
    for (uint16_t index = 0; index < image->dlpi_phnum; index++) {
        const ElfW(Phdr) *segment = &image->dlpi_phdr[index];
        uintptr_t start = image->dlpi_addr + segment->p_vaddr;
        if (segment->p_type == PT_LOAD && (segment->p_flags & PF_X) != 0 && range->address - start < segment->p_memsz) {
            range->readable = start + segment->p_memsz - range->address;
            return 1;
        }
    }
    return 0;
}

static size_t readable_at(uintptr_t address)
{
    struct range range = {address, 0};
    dl_iterate_phdr(find_segment, &range);
    return range.readable < LONGEST_INSTRUCTION ? range.readable : LONGEST_INSTRUCTION;
}

/* ------------------------------------------------------------------------------------------------- one instruction -- */

static bool is_result(unsigned register_number)
{
    switch (register_number) {
    case X86_REG_RAX:
    case X86_REG_EAX:
    case X86_REG_AX:
    case X86_REG_AH:
    case X86_REG_AL:
        return true;
    default:
        return false;
    }
}

/* Those of which it is certain that their first operand is written and not read. */
static bool only_writes_first(unsigned instruction)
{
    switch (instruction) {
    case X86_INS_MOV:
    case X86_INS_MOVABS:
    case X86_INS_MOVZX:
    case X86_INS_MOVSX:
    case X86_INS_MOVSXD:
    case X86_INS_LEA:
    case X86_INS_POP:
        return true;
    default:
        return false;
    }
}

static bool clears(const cs_insn *instruction)
{
    const cs_x86 *x86 = &instruction->detail->x86;
    return (instruction->id == X86_INS_XOR || instruction->id == X86_INS_SUB) && x86->op_count == 2 &&
           x86->operands[0].type == X86_OP_REG && x86->operands[1].type == X86_OP_REG &&
           x86->operands[0].reg == x86->operands[1].reg && x86->operands[0].size >= WHOLE_REGISTER_STARTS;
}

static bool reads_implicitly(const cs_insn *instruction)
{
    for (uint8_t index = 0; index < instruction->detail->regs_read_count; index++) {
        if (is_result(instruction->detail->regs_read[index])) {
            return true;
        }
    }
    return false;
}

static enum fate fate_in(const cs_insn *instruction)
{
    const cs_x86 *x86 = &instruction->detail->x86;
    enum fate fate = FATE_KEPT;
    if (instruction->id == X86_INS_NOP) {
        return FATE_KEPT; /* it may name registers */
    }
    if (clears(instruction)) {
        return is_result(x86->operands[0].reg) ? FATE_LOST : FATE_KEPT;
    }
    if (reads_implicitly(instruction)) {
        return FATE_READ;
    }
    for (uint8_t index = 0; index < x86->op_count; index++) {
        const cs_x86_op *operand = &x86->operands[index];
        if (operand->type == X86_OP_MEM && (is_result(operand->mem.base) || is_result(operand->mem.index))) {
            return FATE_READ;
        }
        if (operand->type != X86_OP_REG || !is_result(operand->reg)) {
            continue;
        }
        if (index > 0 || !only_writes_first(instruction->id)) {
            return FATE_READ;
        }
        fate = operand->size >= WHOLE_REGISTER_STARTS ? FATE_LOST : FATE_KEPT;
    }
    return fate;
}

/* -------------------------------------------------------------------------------------------------- the ways on from it -- */

static bool in_group(const struct walk *walk, unsigned group)
{
    return cs_insn_group(walk->handle, walk->instruction, group);
}

/* False when there are too many. */
static bool add_way(struct walk *walk, uint64_t address)
{
    for (uint32_t index = 0; index < walk->seen_count; index++) {
        if (walk->seen[index] == address) {
            return true;
        }
    }
    if (walk->way_count == MOST_WAYS) {
        return false;
    }
    walk->ways[walk->way_count++] = address;
    return true;
}

static bool decode(struct walk *walk, uint64_t address)
{
    const uint8_t *bytes = (const uint8_t *)(uintptr_t)address;
    size_t readable = readable_at((uintptr_t)address);
    return readable > 0 && cs_disasm_iter(walk->handle, &bytes, &readable, &address, walk->instruction);
}

/* Adds where it goes on behind the decoded instruction. False when that cannot be told. */
static bool go_on(struct walk *walk)
{
    const cs_insn *instruction = walk->instruction;
    uint64_t next = instruction->address + instruction->size;
    if (in_group(walk, CS_GRP_CALL) || instruction->id == X86_INS_UD2 || instruction->id == X86_INS_HLT) {
        return true; /* a call may change the register, so nobody reads it behind one; the others end it all */
    }
    if (in_group(walk, CS_GRP_RET) || in_group(walk, CS_GRP_IRET) || in_group(walk, CS_GRP_INT)) {
        return false;
    }
    if (!in_group(walk, CS_GRP_JUMP)) {
        return add_way(walk, next);
    }
    const cs_x86_op *target = &instruction->detail->x86.operands[0];
    if (target->type != X86_OP_IMM || !add_way(walk, (uint64_t)target->imm)) {
        return false;
    }
    return instruction->id == X86_INS_JMP || add_way(walk, next);
}

static bool is_used(struct walk *walk)
{
    while (walk->way_count > 0) {
        uint64_t address = walk->ways[--walk->way_count];
        if (walk->seen_count == MOST_INSTRUCTIONS || !decode(walk, address)) {
            return true;
        }
        walk->seen[walk->seen_count++] = address;
        enum fate fate = fate_in(walk->instruction);
        if (fate == FATE_READ || (fate == FATE_KEPT && !go_on(walk))) {
            return true;
        }
    }
    return false;
}

bool code_result_used(uintptr_t site)
{
#if defined(__x86_64__)
    static struct walk walk;
    if (walk.instruction == NULL) {
        if (cs_open(CS_ARCH_X86, CS_MODE_64, &walk.handle) != CS_ERR_OK ||
            cs_option(walk.handle, CS_OPT_DETAIL, CS_OPT_ON) != CS_ERR_OK) {
            return true;
        }
        walk.instruction = cs_malloc(walk.handle);
    }
    walk.seen_count = 0;
    walk.way_count = 0;
    add_way(&walk, site);
    return is_used(&walk);
#else
    (void)site;
    return true;
#endif
}
