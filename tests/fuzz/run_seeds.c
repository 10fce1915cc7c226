/* The driver of a fuzz target where libFuzzer is not linked: runs each file of the folders or files named once. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return -1;
    static uint8_t bytes[4 << 20];
    size_t size = fread(bytes, 1, sizeof bytes, file);
    int failed = ferror(file);
    if (fclose(file) != 0 || failed)
        return -1;
    /* An exact copy, so that a read past the end is a read past an allocation. */
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL)
        return -1;
    for (size_t i = 0; i < size; i++)
        copy[i] = bytes[i];
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
    return 0;
}

static int run_folder(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    int count = 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        char name[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        if (run_file(name) != 0) {
            closedir(folder);
            return -1;
        }
        count++;
    }
    closedir(folder);
    return count;
}

int main(int argc, char **argv)
{
    int count = 0;
    for (int i = 1; i < argc; i++) {
        struct stat info;
        int ran = stat(argv[i], &info) != 0 ? -1 : S_ISDIR(info.st_mode) ? run_folder(argv[i]) : run_file(argv[i]) + 1;
        if (ran < 0) {
            fprintf(stderr, "cannot run the seeds of '%s'\n", argv[i]);
            return 1;
        }
        count += ran;
    }
    printf("%d seeds ran\n", count);
    return count > 0 ? 0 : 1;
}
