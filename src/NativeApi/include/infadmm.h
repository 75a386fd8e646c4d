/*
 * InfAdmm for C, C++ and whatever calls C: restores pictures by ADMM with the trained priors that the library contains.
 *
 *     infadmm_handle restorer;
 *     if (infadmm_create("sr4", 0, &restorer) != INFADMM_OK)
 *         fprintf(stderr, "%s\n", infadmm_last_error());
 *
 * Every function that can fail returns an infadmm_status and writes its results through pointers, only if it succeeds.
 * No failure ends the process, and no exception leaves the library.
 *
 * Pictures are bytes, 0 black and 255 white, rows from the top and pixels from the left. The caller owns all pixels, and
 * the library keeps no pointer to them. Sizes are in pixels, and sizes of memory in bytes.
 *
 * Threads: any thread can use a handle, one at a time; a second one gets INFADMM_BUSY. Different handles are independent,
 * and each has its own worker threads. A child of fork() must not call the library if its parent has called it.
 */
#ifndef INFADMM_H
#define INFADMM_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A restorer: never 0, and never used again after infadmm_destroy. */
typedef uint64_t infadmm_handle;

/* The result of a call, an infadmm_status_code. */
typedef int32_t infadmm_status;

enum infadmm_status_code {
    INFADMM_OK = 0,
    /* A null pointer, a value out of range, an unknown task, or too little memory at a pointer. */
    INFADMM_BAD_ARGUMENT = 1,
    /* The handle was never created, or it was destroyed. */
    INFADMM_BAD_HANDLE = 2,
    /* Another thread uses the handle. */
    INFADMM_BUSY = 3,
    /* The picture cannot be restored, for example a colour picture for a task whose measurements are grey. */
    INFADMM_CANNOT_BE_RESTORED = 4,
    INFADMM_OUT_OF_MEMORY = 5,
    /* The iteration diverged; nothing was written. */
    INFADMM_DIVERGED = 6,
    /* A bug in the library; the message says more. */
    INFADMM_INTERNAL = 7,
    /* The build for this processor could not be loaded, or INFADMM_LEVEL names none that this processor can run. */
    INFADMM_NOT_LOADED = 8
};

/* The bytes of a pixel. X is not read and written as 255. */
typedef int32_t infadmm_format;

enum infadmm_format_code {
    INFADMM_GRAY8 = 0,
    INFADMM_RGB24 = 1,
    INFADMM_BGR24 = 2,
    INFADMM_RGBX32 = 3,
    INFADMM_BGRX32 = 4
};

/* The version of the library, such as "1.2.0"; "" if it is INFADMM_NOT_LOADED. Valid until the process ends; never NULL. */
const char *infadmm_version(void);

/*
 * What the library was built for: "x86-64-v2" with 128-bit vectors, "x86-64-v3" with 256 bits, "x86-64-v4" with 512. It is
 * the highest that the processor has, or the one that the environment variable INFADMM_LEVEL names when the first function
 * is called. "" if it is INFADMM_NOT_LOADED. Valid until the process ends; never NULL.
 */
const char *infadmm_level(void);

/*
 * What went wrong in the last call of this thread, in UTF-8; "" if it succeeded. infadmm_version, infadmm_level and this
 * function do not count as calls. Valid until the next call of this thread; never NULL.
 */
const char *infadmm_last_error(void);

/*
 * Creates a restorer with the built-in prior of a task.
 *
 *   task      "sr4" (4 times larger), "deblur", "color-sr2" (grey to colour, twice as large) or "mnist-sr4"; UTF-8
 *   threads   the number of threads that share the work, 1 to 1024; 0 for one per core
 *   restorer  receives the handle; pass it to infadmm_destroy at the end
 */
infadmm_status infadmm_create(const char *task, int32_t threads, infadmm_handle *restorer);

/*
 * Allocates everything for pictures of a size, so that the first one takes no longer than others. Takes as long as
 * restoring one. A call is not required.
 */
infadmm_status infadmm_prepare(infadmm_handle restorer, int32_t width, int32_t height);

/*
 * What a picture is restored to.
 *
 *   width, height, format  those of the measured picture
 *   restored_width, restored_height, restored_channels
 *                          receive the size and 1 for grey or 3 for colour
 */
infadmm_status infadmm_restored_size(
    infadmm_handle restorer, int32_t width, int32_t height, infadmm_format format,
    int32_t *restored_width, int32_t *restored_height, int32_t *restored_channels);

/*
 * Restores a picture.
 *
 *   measured, measured_bytes  the measured picture, and the size of its memory
 *   width, height, format     those of the measured picture
 *   row_bytes                 the bytes from one row of it to the next; 0 for rows without gaps
 *   restored, restored_bytes  the memory for the restored picture, of the size that infadmm_restored_size gives; it may
 *                             overlap the measured one
 *   restored_row_bytes        the bytes from one row of it to the next; 0 for rows without gaps. Gaps are not written
 *   restored_format           any format for a grey picture, one with colour for a picture in colour
 *
 * Each size of memory must be at least row bytes * (height - 1) + width * bytes per pixel. Nothing is written unless the
 * result is INFADMM_OK. From the second picture of a size on, nothing is allocated.
 */
infadmm_status infadmm_restore(
    infadmm_handle restorer,
    const void *measured, size_t measured_bytes, int32_t width, int32_t height, int32_t row_bytes,
    infadmm_format format,
    void *restored, size_t restored_bytes, int32_t restored_row_bytes, infadmm_format restored_format);

/* Ends a restorer and frees its memory and threads. A second call with the handle gives INFADMM_BAD_HANDLE. */
infadmm_status infadmm_destroy(infadmm_handle restorer);

#ifdef __cplusplus
}
#endif

#endif
