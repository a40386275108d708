// A disk that fails, for tests of the store: a VFS for SQLite (https://www.sqlite.org/vfs.html) over the system's own one.
//
// It keeps, for each database file and each write-ahead log, what a power cut could not take: the content at the last
// sync, and the writes since. Reads see every write, as programs see the page cache. At the cut the writes since the last
// sync are lost, kept or torn at sectors, each by chance, and nothing more can be written. What the disk then held is laid
// into another folder, where a store opens it as after a restart.
//
// All functions may be called from any thread, except that a disk is destroyed only after its last connection was closed.
#ifndef CFAULTVFS_H
#define CFAULTVFS_H

#include <stdint.h>

typedef struct faultvfs faultvfs;

// What can fail.
enum {
    FAULTVFS_WRITE = 1,
    FAULTVFS_SYNC = 2,
    FAULTVFS_TRUNCATE = 4,
};

// What becomes of the writes since the last sync at a cut.
enum {
    FAULTVFS_LOSE_ALL = 0,   // none reached the disk
    FAULTVFS_LOSE_SOME = 1,  // each may have, wholly, in part or not at all, in any order
    FAULTVFS_LOSE_TAIL = 2,  // those before some point have, the one at that point in part
    FAULTVFS_TEAR_LAST = 3,  // all have, the last one in part
    FAULTVFS_LOSE_NONE = 4,  // all have: the process alone is gone, the system writes on
};

// Registers a VFS of this name, which must be new; nil when memory or the name is not to be had. The seed decides every chance.
faultvfs *faultvfs_create(const char *name, uint64_t seed);
// Takes the VFS away.
void faultvfs_destroy(faultvfs *disk);

// The power goes at the n-th operation from now (a write, sync or truncation; 1 is the next), in the midst of it.
void faultvfs_cut_at(faultvfs *disk, int64_t operation, int loss);
// The power goes now.
void faultvfs_cut(faultvfs *disk, int loss);
int faultvfs_is_cut(faultvfs *disk);

// Of the operations of these kinds, the `first`-th from now (1 is the next) and the `count` - 1 after it fail with a result code
// of SQLite. A write that fails may have written its first sectors. After a sync that fails each write since the last one has
// reached the disk by chance or never will, as the kernel does not try again (fsync(2), "Errors").
void faultvfs_fail(faultvfs *disk, int kinds, int64_t first, int64_t count, int code);
// No operation fails any more.
void faultvfs_heal(faultvfs *disk);

// Operations so far.
int64_t faultvfs_operations(faultvfs *disk);
// Operations that were made to fail so far.
int64_t faultvfs_failures(faultvfs *disk);
// Writes that the cut found unsynced, and how many of them did not reach the disk whole.
int64_t faultvfs_unsynced(faultvfs *disk);
int64_t faultvfs_damaged(faultvfs *disk);

// Lays what the disk held at the cut into a folder that is there, under the files' own names. 0 or an errno.
int faultvfs_restore(faultvfs *disk, const char *folder);

#endif
