/* A disk that fails, preloaded: the word in the file $DISK_FAULT holds for every file whose name has "ledger.db"
   in it. "stall": nothing is synced until that changes; "full" and "io": nothing is written. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static char fault(int fd) {
    char link[64], name[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, name, sizeof name - 1);
    if (length < 0) return 0;
    name[length] = 0;
    if (!strstr(name, "ledger.db")) return 0;
    const char *path = getenv("DISK_FAULT");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    char first = 0;
    if (file >= 0) {
        if (syscall(SYS_read, file, &first, 1) != 1) first = 0;
        close(file);
    }
    return first;
}

static int refuses(int fd) {
    switch (fault(fd)) {
    case 'f': errno = ENOSPC; return 1;
    case 'i': errno = EIO; return 1;
    default: return 0;
    }
}

static int synced(int fd, long call) {
    while (fault(fd) == 's') usleep(20000);
    return refuses(fd) ? -1 : (int)syscall(call, fd);
}

int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

ssize_t write(int fd, const void *data, size_t size) {
    return refuses(fd) ? -1 : syscall(SYS_write, fd, data, size);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) {
    return refuses(fd) ? -1 : syscall(SYS_pwrite64, fd, data, size, at);
}
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) {
    return refuses(fd) ? -1 : syscall(SYS_pwrite64, fd, data, size, at);
}
int ftruncate(int fd, off_t size) { return refuses(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size); }
int ftruncate64(int fd, off64_t size) { return refuses(fd) ? -1 : (int)syscall(SYS_ftruncate, fd, size); }
