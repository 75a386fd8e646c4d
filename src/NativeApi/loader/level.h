/*
 * The levels of x86-64 that there are builds for, and which of them to use: the highest that this processor has, or the
 * one that the environment variable INFADMM_LEVEL names.
 */
#ifndef INFADMM_LEVEL_H
#define INFADMM_LEVEL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef __x86_64__
#error "there are builds for x86-64 only"
#endif

#define INFADMM_LEVEL_VARIABLE "INFADMM_LEVEL"

/* Returns the name of a level that this processor has; NULL, with a message that says why, if there is none. */
static const char *choose_level(char *message, size_t size)
{
    const char *names[] = {"x86-64-v4", "x86-64-v3", "x86-64-v2"};
    __builtin_cpu_init();
    int has[] = {
        __builtin_cpu_supports("x86-64-v4") != 0,
        __builtin_cpu_supports("x86-64-v3") != 0,
        __builtin_cpu_supports("x86-64-v2") != 0,
    };
    const char *wanted = getenv(INFADMM_LEVEL_VARIABLE);
    if (wanted != NULL && wanted[0] == '\0')
        wanted = NULL;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (wanted == NULL ? has[i] : strcmp(wanted, names[i]) == 0) {
            if (has[i])
                return names[i];
            snprintf(
                message, size, INFADMM_LEVEL_VARIABLE "=%s: this processor does not have it; unset the variable", wanted);
            return NULL;
        }
    }
    if (wanted != NULL)
        snprintf(
            message, size, INFADMM_LEVEL_VARIABLE "=%.32s: there is no such level; choose x86-64-v2, x86-64-v3 or x86-64-v4",
            wanted);
    else
        snprintf(message, size, "this processor is too old: it needs the instructions of x86-64-v2");
    return NULL;
}

#endif
