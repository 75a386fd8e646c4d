/*
 * The infadmm command: replaces itself by the build for this processor, infadmm-LEVEL in its own directory. Arguments,
 * streams, signals and the exit code are then those of that program.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "level.h"

/* Exit codes of the command: wrong usage, and anything else that failed. */
enum { USAGE = 2, FAILED = 1 };

int main(int count, char **arguments)
{
    char message[256];
    char path[PATH_MAX + 32];
    (void)count;
    const char *level = choose_level(message, sizeof message);
    if (level == NULL) {
        fprintf(stderr, "error: %s\n", message);
        return USAGE;
    }

    ssize_t length = readlink("/proc/self/exe", path, PATH_MAX);
    if (length < 0) {
        fprintf(stderr, "error: /proc/self/exe cannot be read: %s\n", strerror(errno));
        return FAILED;
    }

    snprintf(path + length, sizeof path - (size_t)length, "-%s", level);
    execv(path, arguments);
    fprintf(stderr, "error: '%s' cannot be started: %s; install all files of the package\n", path, strerror(errno));
    return FAILED;
}
