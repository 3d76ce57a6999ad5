/* fuzz_parser_main.c - runs the fuzz target of the reader over files and folders, for compilers without a fuzzer. */
#include "check.h"
#include "corpus.h"

static bool run(const struct corpus_file *file)
{
    LLVMFuzzerTestOneInput(file->bytes, file->size);
    if (!fuzz_parser_accepted && corpus_expects_acceptance(file)) {
        fprintf(stderr, "%s: refused, but it is good\n", file->path);
        return false;
    }
    if (fuzz_parser_accepted && corpus_expects_refusal(file)) {
        fprintf(stderr, "%s: accepted, but it is bad\n", file->path);
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct corpus corpus = {0};
    bool fine = true;
    for (int index = 1; index < argc; index++) {
        fine = corpus_add(&corpus, argv[index]) && fine;
    }
    if (corpus.count == 0) {
        fprintf(stderr, "no inputs: name files or folders\n");
        return 2;
    }
    size_t accepted = 0;
    for (size_t index = 0; index < corpus.count; index++) {
        fine = run(&corpus.files[index]) && fine;
        accepted += fuzz_parser_accepted;
    }
    printf("%zu inputs, %zu accepted\n", corpus.count, accepted);
    corpus_free(&corpus);
    return fine ? 0 : 1;
}
