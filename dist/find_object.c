/* Where the tables for unwinding stand in a static program of musl.
 *
 * The unwinder of GCC asks glibc for them by _dl_find_object, which musl does not have. Here the question is answered
 * from the headers of the program, which musl gives. It is linked where the standard library of such a program is built
 * from source; the ready one brings an unwinder of its own. */
#define _GNU_SOURCE
#include <elf.h>
#include <link.h>

/* As glibc lays it out on x86-64. */
struct answer {
  unsigned long long flags;
  void *map_start;
  void *map_end;
  void *link_map;
  void *eh_frame;
  unsigned long long reserved[7];
};

struct question {
  ElfW(Addr) address;
  struct answer *answer;
};

static int look(struct dl_phdr_info *object, size_t size, void *data) {
  struct question *question = data;
  ElfW(Addr) start = 0, end = 0, tables = 0;
  (void)size;
  for (int at = 0; at < object->dlpi_phnum; at++) {
    const ElfW(Phdr) *part = &object->dlpi_phdr[at];
    ElfW(Addr) from = object->dlpi_addr + part->p_vaddr;
    if (part->p_type == PT_GNU_EH_FRAME) tables = from;
    if (part->p_type == PT_LOAD && question->address >= from && question->address < from + part->p_memsz) {
      start = from;
      end = from + part->p_memsz;
    }
  }
  if (start == 0 || tables == 0) return 0;
  *question->answer = (struct answer){.map_start = (void *)start, .map_end = (void *)end, .eh_frame = (void *)tables};
  return 1;
}

int _dl_find_object(void *address, struct answer *answer) {
  struct question question = {(ElfW(Addr))address, answer};
  return dl_iterate_phdr(look, &question) == 1 ? 0 : -1;
}
