/*
 * libinfadmm.so: the functions of infadmm.h. The first call loads the build for this processor,
 * libinfadmm-LEVEL.so in the directory of this library, and every call is forwarded to it.
 */
#include <dlfcn.h>
#include <limits.h>
#include <pthread.h>

#include "level.h"

#pragma GCC visibility push(default)
#include "infadmm.h"
#pragma GCC visibility pop

/* The functions of the build; NULL if it could not be loaded. */
static struct {
    __typeof__(infadmm_version) *version;
    __typeof__(infadmm_level) *level;
    __typeof__(infadmm_last_error) *last_error;
    __typeof__(infadmm_create) *create;
    __typeof__(infadmm_prepare) *prepare;
    __typeof__(infadmm_restored_size) *restored_size;
    __typeof__(infadmm_restore) *restore;
    __typeof__(infadmm_destroy) *destroy;
} build;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int is_loaded;
static char why_not[PATH_MAX + 512];

/* Writes the path of the build next to this library. */
static int find_build(const char *level, char *path, size_t size)
{
    Dl_info self;
    if (dladdr(&once, &self) == 0 || self.dli_fname == NULL)
        return 0;
    const char *slash = strrchr(self.dli_fname, '/');
    int directory = slash == NULL ? 0 : (int)(slash - self.dli_fname);
    int length = snprintf(
        path, size, "%.*s/libinfadmm-%s.so", slash == NULL ? 1 : directory, slash == NULL ? "." : self.dli_fname, level);
    return length > 0 && (size_t)length < size;
}

static void load(void)
{
    char path[PATH_MAX];
    const char *level = choose_level(why_not, sizeof why_not);
    if (level == NULL)
        return;
    if (!find_build(level, path, sizeof path)) {
        snprintf(why_not, sizeof why_not, "the directory of libinfadmm.so cannot be found");
        return;
    }

    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(why_not, sizeof why_not, "%s: install all files of the package", dlerror());
        return;
    }

    struct {
        const char *name;
        void *function;
    } functions[] = {
        {"infadmm_version", &build.version},
        {"infadmm_level", &build.level},
        {"infadmm_last_error", &build.last_error},
        {"infadmm_create", &build.create},
        {"infadmm_prepare", &build.prepare},
        {"infadmm_restored_size", &build.restored_size},
        {"infadmm_restore", &build.restore},
        {"infadmm_destroy", &build.destroy},
    };
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        void *found = dlsym(library, functions[i].name);
        if (found == NULL) {
            snprintf(why_not, sizeof why_not, "%s has no %s: it is of another version", path, functions[i].name);
            return;
        }
        memcpy(functions[i].function, &found, sizeof found);
    }
    is_loaded = 1;
}

static int can_call(void)
{
    pthread_once(&once, load);
    return is_loaded;
}

const char *infadmm_version(void)
{
    return can_call() ? build.version() : "";
}

const char *infadmm_level(void)
{
    return can_call() ? build.level() : "";
}

const char *infadmm_last_error(void)
{
    return can_call() ? build.last_error() : why_not;
}

infadmm_status infadmm_create(const char *task, int32_t threads, infadmm_handle *restorer)
{
    return can_call() ? build.create(task, threads, restorer) : INFADMM_NOT_LOADED;
}

infadmm_status infadmm_prepare(infadmm_handle restorer, int32_t width, int32_t height)
{
    return can_call() ? build.prepare(restorer, width, height) : INFADMM_NOT_LOADED;
}

infadmm_status infadmm_restored_size(
    infadmm_handle restorer, int32_t width, int32_t height, infadmm_format format,
    int32_t *restored_width, int32_t *restored_height, int32_t *restored_channels)
{
    return can_call()
        ? build.restored_size(restorer, width, height, format, restored_width, restored_height, restored_channels)
        : INFADMM_NOT_LOADED;
}

infadmm_status infadmm_restore(
    infadmm_handle restorer,
    const void *measured, size_t measured_bytes, int32_t width, int32_t height, int32_t row_bytes,
    infadmm_format format,
    void *restored, size_t restored_bytes, int32_t restored_row_bytes, infadmm_format restored_format)
{
    return can_call()
        ? build.restore(
            restorer, measured, measured_bytes, width, height, row_bytes, format,
            restored, restored_bytes, restored_row_bytes, restored_format)
        : INFADMM_NOT_LOADED;
}

infadmm_status infadmm_destroy(infadmm_handle restorer)
{
    return can_call() ? build.destroy(restorer) : INFADMM_NOT_LOADED;
}
