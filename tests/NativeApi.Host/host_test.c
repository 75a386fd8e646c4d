/*
 * Calls every function of infadmm.h from C, rightly and wrongly:
 *
 *     host_test LEVEL PICTURE           expects the build of a level; writes its restored picture to the file PICTURE, or
 *                                       compares with it if it exists
 *     host_test --not-loaded MESSAGE    expects that no build can be loaded, for a reason that contains MESSAGE
 *
 * Pixels end at a page that cannot be accessed, so that what the library reads or writes beyond them ends the process;
 * AddressSanitizer finds the rest. The last line counts the tests.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "infadmm.h"

enum { WIDTH = 33, HEIGHT = 21, SCALE = 4, CHANNELS = 3 };
enum { PIXELS = WIDTH * HEIGHT * CHANNELS, RESTORED = PIXELS * SCALE * SCALE };

static int passed, failed;
static int test_failures;

#define CHECK(condition) \
    do { \
        if (!(condition)) { \
            printf("%s:%d: %s; last error: %s\n", __FILE__, __LINE__, #condition, infadmm_last_error()); \
            test_failures++; \
        } \
    } while (0)

static void end_test(const char *name)
{
    printf("%s: %s\n", test_failures == 0 ? "passed" : "FAILED", name);
    *(test_failures == 0 ? &passed : &failed) += 1;
    test_failures = 0;
}

/* Memory that ends where a page begins that cannot be accessed. */
typedef struct {
    uint8_t *start;
    void *pages;
    size_t mapped;
} guarded;

static guarded allocate(size_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t used = (bytes + page - 1) / page * page;
    guarded memory = {.mapped = used + page};
    memory.pages = mmap(NULL, memory.mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory.pages == MAP_FAILED || mprotect((uint8_t *)memory.pages + used, page, PROT_NONE) != 0) {
        perror("mmap");
        exit(2);
    }
    memory.start = (uint8_t *)memory.pages + used - bytes;
    return memory;
}

static void release(guarded memory)
{
    munmap(memory.pages, memory.mapped);
}

static void draw(uint8_t *pixels)
{
    for (int i = 0; i < PIXELS; i++) {
        int row = i / CHANNELS / WIDTH, column = i / CHANNELS % WIDTH;
        pixels[i] = (uint8_t)((row / 5 + column / 7) % 2 ? 200 - 3 * row : 40 + 2 * column + 20 * (i % CHANNELS));
    }
}

static infadmm_handle create(const char *task, int threads)
{
    infadmm_handle restorer = 0;
    CHECK(infadmm_create(task, threads, &restorer) == INFADMM_OK);
    CHECK(restorer != 0);
    return restorer;
}

static infadmm_status restore(infadmm_handle restorer, const uint8_t *measured, uint8_t *restored)
{
    return infadmm_restore(
        restorer, measured, PIXELS, WIDTH, HEIGHT, 0, INFADMM_RGB24, restored, RESTORED, 0, INFADMM_RGB24);
}

/* Every call succeeds, and each level gives the same picture up to one step of 255. */
static void test_restoring(const char *level, const char *file)
{
    guarded measured = allocate(PIXELS), restored = allocate(RESTORED);
    draw(measured.start);
    memset(restored.start, 7, RESTORED);
    CHECK(strcmp(infadmm_level(), level) == 0);
    CHECK(strlen(infadmm_version()) >= 5);
    infadmm_handle restorer = create("sr4", 0);
    int32_t width = 0, height = 0, channels = 0;
    CHECK(infadmm_restored_size(restorer, WIDTH, HEIGHT, INFADMM_RGB24, &width, &height, &channels) == INFADMM_OK);
    CHECK(width == WIDTH * SCALE && height == HEIGHT * SCALE && channels == CHANNELS);
    CHECK(infadmm_prepare(restorer, WIDTH, HEIGHT) == INFADMM_OK);
    CHECK(restore(restorer, measured.start, restored.start) == INFADMM_OK);
    CHECK(infadmm_last_error()[0] == '\0');
    int least = 255, most = 0;
    for (int i = 0; i < RESTORED; i++) {
        least = restored.start[i] < least ? restored.start[i] : least;
        most = restored.start[i] > most ? restored.start[i] : most;
    }
    CHECK(least < 60 && most > 180);

    FILE *stream = fopen(file, "rb");
    if (stream != NULL) {
        static uint8_t expected[RESTORED];
        CHECK(fread(expected, 1, RESTORED, stream) == RESTORED);
        int largest = 0;
        for (int i = 0; i < RESTORED; i++) {
            int difference = abs(expected[i] - restored.start[i]);
            largest = difference > largest ? difference : largest;
        }
        printf("%s: the picture differs by at most %d of 255 from that in %s\n", level, largest, file);
        CHECK(largest <= 1);
    } else {
        stream = fopen(file, "wb");
        CHECK(stream != NULL && fwrite(restored.start, 1, RESTORED, stream) == RESTORED);
    }
    if (stream != NULL)
        fclose(stream);

    CHECK(infadmm_destroy(restorer) == INFADMM_OK);
    release(measured);
    release(restored);
    end_test("restoring");
}

/* Gaps between rows are neither read nor written, and the last row needs none. */
static void test_gaps(void)
{
    enum { GAP = 13, ROW = WIDTH * CHANNELS + GAP, WIDE_ROW = SCALE * WIDTH * 4 + GAP };
    enum { BYTES = ROW * HEIGHT - GAP, WIDE_BYTES = WIDE_ROW * SCALE * HEIGHT - GAP };
    guarded measured = allocate(PIXELS), restored = allocate(RESTORED), apart = allocate(BYTES), wide = allocate(WIDE_BYTES);
    draw(measured.start);
    memset(apart.start, 255, BYTES);
    memset(wide.start, 99, WIDE_BYTES);
    for (int row = 0; row < HEIGHT; row++)
        memcpy(apart.start + row * ROW, measured.start + row * WIDTH * CHANNELS, WIDTH * CHANNELS);
    infadmm_handle restorer = create("sr4", 1);
    CHECK(restore(restorer, measured.start, restored.start) == INFADMM_OK);
    CHECK(infadmm_restore(
        restorer, apart.start, BYTES, WIDTH, HEIGHT, ROW, INFADMM_RGB24,
        wide.start, WIDE_BYTES, WIDE_ROW, INFADMM_BGRX32) == INFADMM_OK);
    int wrong = 0;
    for (int i = 0; i < WIDE_BYTES; i++) {
        int row = i / WIDE_ROW, column = i % WIDE_ROW / 4, byte = i % WIDE_ROW % 4;
        int expected = column >= SCALE * WIDTH ? 99
            : byte == 3 ? 255
            : restored.start[(row * SCALE * WIDTH + column) * CHANNELS + 2 - byte];
        wrong += wide.start[i] != expected;
    }
    CHECK(wrong == 0);
    CHECK(infadmm_destroy(restorer) == INFADMM_OK);
    release(measured);
    release(restored);
    release(apart);
    release(wide);
    end_test("gaps between rows");
}

static void test_arguments(void)
{
    guarded measured = allocate(PIXELS), restored = allocate(RESTORED);
    draw(measured.start);
    memset(restored.start, 7, RESTORED);
    infadmm_handle restorer = 5;
    CHECK(infadmm_create(NULL, 0, &restorer) == INFADMM_BAD_ARGUMENT);
    CHECK(strstr(infadmm_last_error(), "null") != NULL);
    CHECK(infadmm_create("sr4", 0, NULL) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_create("sr4", -1, &restorer) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_create("sr4", 1000000, &restorer) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_create("sr5", 0, &restorer) == INFADMM_BAD_ARGUMENT);
    CHECK(strstr(infadmm_last_error(), "sr5") != NULL);
    CHECK(infadmm_create("\xff\xfe", 0, &restorer) == INFADMM_BAD_ARGUMENT);
    CHECK(restorer == 5);

    restorer = create("sr4", 1);
    uint8_t *from = measured.start, *to = restored.start;
    infadmm_format rgb = INFADMM_RGB24;
    int32_t size = 5;
    CHECK(infadmm_prepare(restorer, 0, 8) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_prepare(restorer, 8, -8) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_prepare(restorer, INT32_MAX, INT32_MAX) != INFADMM_OK);
    CHECK(infadmm_restored_size(restorer, 8, 8, rgb, NULL, &size, &size) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_restored_size(restorer, 8, 8, 99, &size, &size, &size) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_restored_size(restorer, 20000, 20000, INFADMM_GRAY8, &size, &size, &size) == INFADMM_CANNOT_BE_RESTORED);
    CHECK(size == 5);
    for (int i = 0; i < 10; i++) {
        infadmm_status status = infadmm_restore(
            restorer,
            i == 0 ? NULL : from,
            i == 1 ? PIXELS - 1 : i == 2 ? 0 : PIXELS,
            i == 3 ? -1 : WIDTH, i == 4 ? INT32_MAX : HEIGHT,
            i == 5 ? 1 : 0, i == 6 ? -1 : rgb,
            i == 7 ? NULL : to,
            i == 8 ? RESTORED - 1 : RESTORED,
            i == 9 ? INT32_MAX : 0,
            rgb);
        if (status != INFADMM_BAD_ARGUMENT || infadmm_last_error()[0] == '\0')
            printf("argument %d: status %d, '%s'\n", i, status, infadmm_last_error());
        CHECK(status == INFADMM_BAD_ARGUMENT);
    }
    CHECK(infadmm_restore(
        restorer, from, PIXELS, WIDTH, HEIGHT, 0, rgb, to, RESTORED, 0, INFADMM_GRAY8) == INFADMM_BAD_ARGUMENT);
    CHECK(infadmm_restore(
        restorer, from, 1, 1, 1, 0, INFADMM_GRAY8, to, RESTORED, 0, INFADMM_GRAY8) == INFADMM_CANNOT_BE_RESTORED);
    int written = 0;
    for (int i = 0; i < RESTORED; i++)
        written += to[i] != 7;
    CHECK(written == 0);
    CHECK(infadmm_destroy(restorer) == INFADMM_OK);
    release(measured);
    release(restored);
    end_test("wrong arguments");
}

static void test_handles(void)
{
    int32_t size;
    uint8_t pixels[64];
    infadmm_handle destroyed = create("mnist-sr4", 1);
    CHECK(infadmm_destroy(destroyed) == INFADMM_OK);
    infadmm_handle wrong[] = {0, destroyed, UINT64_MAX, (infadmm_handle)(uintptr_t)pixels};
    for (int i = 0; i < 4; i++) {
        CHECK(infadmm_prepare(wrong[i], 8, 8) == INFADMM_BAD_HANDLE);
        CHECK(infadmm_restored_size(wrong[i], 8, 8, INFADMM_GRAY8, &size, &size, &size) == INFADMM_BAD_HANDLE);
        CHECK(infadmm_restore(
            wrong[i], pixels, 64, 8, 8, 0, INFADMM_GRAY8, pixels, 64, 0, INFADMM_GRAY8) == INFADMM_BAD_HANDLE);
        CHECK(infadmm_destroy(wrong[i]) == INFADMM_BAD_HANDLE);
        CHECK(strlen(infadmm_last_error()) > 10);
    }
    end_test("wrong handles, destroyed twice");
}

typedef struct {
    infadmm_handle restorer;
    const uint8_t *measured, *expected;
    int done, busy, wrong;
} worker;

static void *work(void *argument)
{
    worker *state = argument;
    uint8_t *restored = malloc(RESTORED);
    for (int i = 0; i < 20; i++) {
        infadmm_status status = restore(state->restorer, state->measured, restored);
        if (status == INFADMM_BUSY) {
            state->busy++;
            state->wrong += strstr(infadmm_last_error(), "another thread") == NULL;
            usleep(1000);
        } else {
            state->done++;
            state->wrong += status != INFADMM_OK || memcmp(restored, state->expected, RESTORED) != 0;
            state->wrong += infadmm_last_error()[0] != '\0';
        }
    }
    free(restored);
    return NULL;
}

/* Threads with a handle each never meet; threads that share one get the whole picture or are told to wait. */
static void test_threads(void)
{
    static uint8_t measured[PIXELS], expected[RESTORED];
    draw(measured);
    infadmm_handle restorers[] = {create("sr4", 1), create("sr4", 1)};
    CHECK(restore(restorers[0], measured, expected) == INFADMM_OK);
    for (int shared = 0; shared <= 1; shared++) {
        pthread_t threads[2];
        worker states[2];
        for (int i = 0; i < 2; i++) {
            states[i] = (worker){.restorer = restorers[shared ? 0 : i], .measured = measured, .expected = expected};
            CHECK(pthread_create(&threads[i], NULL, work, &states[i]) == 0);
        }
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        CHECK(states[0].wrong == 0 && states[1].wrong == 0);
        CHECK(states[0].done + states[1].done > 0);
        CHECK(shared || states[0].busy + states[1].busy == 0);
        printf(
            "two threads, %s: %d pictures, %d times busy\n", shared ? "one handle" : "a handle each",
            states[0].done + states[1].done, states[0].busy + states[1].busy);
    }
    CHECK(infadmm_destroy(restorers[0]) == INFADMM_OK);
    CHECK(infadmm_destroy(restorers[1]) == INFADMM_OK);
    end_test("two threads");
}

static long resident_pages(void)
{
    long total, resident = 0;
    FILE *stream = fopen("/proc/self/statm", "r");
    if (stream == NULL || fscanf(stream, "%ld %ld", &total, &resident) != 2)
        resident = 0;
    if (stream != NULL)
        fclose(stream);
    return resident;
}

/* Threads end and memory is freed with each restorer. */
static void test_many(void)
{
    enum { COUNT = 1000, MOST_MEGABYTES = 64 };
    long before = 0;
    for (int i = 0; i < COUNT; i++) {
        infadmm_handle restorer = create("mnist-sr4", 2);
        if (i % 100 == 0)
            CHECK(infadmm_prepare(restorer, 7, 7) == INFADMM_OK);
        CHECK(infadmm_destroy(restorer) == INFADMM_OK);
        if (i == COUNT / 4)
            before = resident_pages();
    }
    double grown = (double)(resident_pages() - before) * (double)sysconf(_SC_PAGESIZE) / 1e6;
    printf("%d restorers created and destroyed; the last three quarters took %.1f MB\n", COUNT, grown);
    CHECK(grown < MOST_MEGABYTES);
    end_test("1000 restorers");
}

static void test_not_loaded(const char *reason)
{
    infadmm_handle restorer = 5;
    int32_t size;
    uint8_t pixel = 0;
    CHECK(infadmm_create("sr4", 0, &restorer) == INFADMM_NOT_LOADED);
    CHECK(infadmm_prepare(1, 8, 8) == INFADMM_NOT_LOADED);
    CHECK(infadmm_restored_size(1, 8, 8, INFADMM_GRAY8, &size, &size, &size) == INFADMM_NOT_LOADED);
    CHECK(infadmm_restore(1, &pixel, 1, 1, 1, 0, 0, &pixel, 1, 0, 0) == INFADMM_NOT_LOADED);
    CHECK(infadmm_destroy(1) == INFADMM_NOT_LOADED);
    CHECK(restorer == 5);
    CHECK(infadmm_version()[0] == '\0' && infadmm_level()[0] == '\0');
    CHECK(strstr(infadmm_last_error(), reason) != NULL);
    end_test("no build can be loaded");
}

int main(int count, char **arguments)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    if (count != 3) {
        fprintf(stderr, "usage: host_test LEVEL PICTURE | --not-loaded MESSAGE\n");
        return 2;
    }

    if (strcmp(arguments[1], "--not-loaded") == 0) {
        test_not_loaded(arguments[2]);
    } else {
        test_restoring(arguments[1], arguments[2]);
        test_gaps();
        test_arguments();
        test_handles();
        test_threads();
        test_many();
    }
    printf("%d passed, %d failed, 0 skipped\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
