/* Preloaded: lets chosen storage calls on files below $FAULT_DIR fail, and counts them all.
 *
 *   fault_arm(nth, error, sticky)   from now on the nth call fails with `error`; all later ones too if `sticky`
 *   fault_calls()                   how many calls there were since
 *   $FAULT_SWITCH=path $FAULT_ERRNO=n   every call that changes something fails while that file exists
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;
static long failing_call;
static int failing_errno, failing_stays;
static char last_failed[32];

#define REAL(name) ({ static __typeof__(name) *real; if (!real) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); real; })

void fault_arm(long nth, int error, int sticky)
{
    calls = 0;
    failing_call = nth;
    failing_errno = error;
    failing_stays = sticky;
    last_failed[0] = 0;
}

long fault_calls(void) { return calls; }

const char *fault_last(void) { return last_failed; }

static int is_below(const char *path)
{
    const char *dir = getenv("FAULT_DIR");
    return dir && path && strncmp(path, dir, strlen(dir)) == 0;
}

static int is_ours(int fd)
{
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return is_below(path);
}

static int is_switched_on(void)
{
    const char *path = getenv("FAULT_SWITCH");
    return path && access(path, F_OK) == 0;
}

/* Whether this call has to fail; errno is set then. */
static int fails(const char *name)
{
    long n = ++calls;
    if (failing_call && (n == failing_call || (failing_stays && n > failing_call))) {
        snprintf(last_failed, sizeof last_failed, "%s", name);
        errno = failing_errno;
        return 1;
    }
    if (is_switched_on()) {
        const char *number = getenv("FAULT_ERRNO");
        errno = number ? atoi(number) : EIO;
        return 1;
    }
    return 0;
}

#define ON_FD(result, name, parameters, arguments) \
    result name parameters { return is_ours(fd) && fails(#name) ? (result)-1 : REAL(name) arguments; }

ON_FD(ssize_t, write, (int fd, const void *data, size_t size), (fd, data, size))
ON_FD(ssize_t, pwrite, (int fd, const void *data, size_t size, off_t at), (fd, data, size, at))
ON_FD(ssize_t, pwrite64, (int fd, const void *data, size_t size, off64_t at), (fd, data, size, at))
ON_FD(int, fsync, (int fd), (fd))
ON_FD(int, fdatasync, (int fd), (fd))
ON_FD(int, ftruncate, (int fd, off_t size), (fd, size))
ON_FD(int, ftruncate64, (int fd, off64_t size), (fd, size))
ON_FD(int, fchmod, (int fd, mode_t mode), (fd, mode))

/* Returns its error instead of setting errno. */
int posix_fallocate(int fd, off_t at, off_t size)
{
    return is_ours(fd) && fails("posix_fallocate") ? errno : REAL(posix_fallocate)(fd, at, size);
}

int posix_fallocate64(int fd, off64_t at, off64_t size)
{
    return is_ours(fd) && fails("posix_fallocate64") ? errno : REAL(posix_fallocate64)(fd, at, size);
}

#define ON_PATH(name) \
    int name(const char *path) { return is_below(path) && fails(#name) ? -1 : REAL(name)(path); }

ON_PATH(unlink)
ON_PATH(rmdir)

int rename(const char *from, const char *to)
{
    return is_below(from) && fails("rename") ? -1 : REAL(rename)(from, to);
}

int mkdir(const char *path, mode_t mode)
{
    return is_below(path) && fails("mkdir") ? -1 : REAL(mkdir)(path, mode);
}

/* Opening fails where it would make or change a file. */
#define CHANGES (O_WRONLY | O_RDWR | O_CREAT | O_TRUNC)
#define OPEN(name) \
    int name(const char *path, int flags, ...) \
    { \
        va_list rest; \
        va_start(rest, flags); \
        mode_t mode = va_arg(rest, mode_t); \
        va_end(rest); \
        return (flags & CHANGES) && is_below(path) && fails(#name) ? -1 : REAL(name)(path, flags, mode); \
    }

OPEN(open)
OPEN(open64)

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    if (fd >= 0 && is_ours(fd) && fails("mmap"))
        return MAP_FAILED;
    return REAL(mmap)(at, size, protection, flags, fd, offset);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t offset)
{
    if (fd >= 0 && is_ours(fd) && fails("mmap64"))
        return MAP_FAILED;
    return REAL(mmap64)(at, size, protection, flags, fd, offset);
}
