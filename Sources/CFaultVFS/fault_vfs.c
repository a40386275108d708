#include "CFaultVFS.h"
#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Disks write a sector wholly or not at all; 512 octets is the least that any of them promises.
#define SECTOR 512

// A run of octets that grows.
typedef struct {
    unsigned char *bytes;
    int64_t size, capacity;
} image;

// One change of a file since its last sync: a write, or a truncation (data is nil).
typedef struct change {
    struct change *next;
    int64_t offset, length;
    unsigned char *data;
} change;

// A file by its name; it outlives its connections.
typedef struct node {
    struct node *next;
    char *path;
    int exists;
    image durable;          // what a cut cannot take
    change *first, **last;  // since the last sync
    image left;             // what the disk held at the cut
    int existed;
} node;

struct faultvfs {
    sqlite3_vfs vfs;  // its pAppData is this struct
    sqlite3_vfs *system;
    char *name;
    pthread_mutex_t lock;
    uint64_t random;
    node *nodes;
    int64_t operations, failures, unsynced, damaged;
    int64_t cut_at;
    int loss, is_cut;
    int fail_kinds, fail_code;
    int64_t fail_after, fail_count;
};

// A connection's file: the system's own lies behind it in the same memory.
typedef struct {
    sqlite3_file base;
    faultvfs *disk;
    node *node;  // nil for files of no lasting worth
} opened;

static sqlite3_file *system_file(sqlite3_file *file) { return (sqlite3_file *)((opened *)file + 1); }

// xorshift64*: a seed replays it.
static uint64_t chance(faultvfs *disk) {
    uint64_t x = disk->random;
    x ^= x >> 12;
    x ^= x << 25;
    x ^= x >> 27;
    disk->random = x;
    return x * 0x2545F4914F6CDD1DULL;
}

// 0 up to and without `below`.
static int64_t below(faultvfs *disk, int64_t limit) { return limit <= 0 ? 0 : (int64_t)(chance(disk) >> 1) % limit; }

// A test without memory cannot go on.
static void *required(void *memory) {
    if (memory == NULL) abort();
    return memory;
}

// MARK: Images

static void resize(image *target, int64_t size) {
    if (size > target->capacity) {
        int64_t capacity = size + size / 2 + 4096;
        target->bytes = required(realloc(target->bytes, (size_t)capacity));
        target->capacity = capacity;
    }
    if (size > target->size) memset(target->bytes + target->size, 0, (size_t)(size - target->size));
    target->size = size;
}

static void put(image *target, int64_t offset, const unsigned char *data, int64_t length) {
    if (length <= 0) return;
    if (offset + length > target->size) resize(target, offset + length);
    memcpy(target->bytes + offset, data, (size_t)length);
}

static void apply(image *target, const change *made) {
    if (made->data == NULL) {
        resize(target, made->offset);
    } else {
        put(target, made->offset, made->data, made->length);
    }
}

// Where the sector ends in which an octet lies.
static int64_t sector_end(int64_t offset) { return (offset / SECTOR + 1) * SECTOR; }

// Applies a part of a change: its first sectors, or any of them. A truncation happens or not.
static void apply_part(faultvfs *disk, image *target, const change *made) {
    if (made->data == NULL) {
        if (chance(disk) & 1) apply(target, made);
        return;
    }
    int64_t end = made->offset + made->length;
    int64_t stop = made->offset + below(disk, made->length + 1);
    int any = (int)(chance(disk) & 1);
    for (int64_t at = made->offset; at < end;) {
        int64_t next = sector_end(at) < end ? sector_end(at) : end;
        if (any ? (int)(chance(disk) & 1) : next <= stop) put(target, at, made->data + (at - made->offset), next - at);
        at = next;
    }
}

static void forget_changes(node *file) {
    while (file->first != NULL) {
        change *made = file->first;
        file->first = made->next;
        free(made->data);
        free(made);
    }
    file->last = &file->first;
}

static void note(node *file, int64_t offset, const void *data, int64_t length) {
    change *made = required(calloc(1, sizeof *made));
    made->offset = offset;
    if (data != NULL) {
        made->length = length;
        made->data = required(malloc((size_t)(length > 0 ? length : 1)));
        memcpy(made->data, data, (size_t)length);
    }
    *file->last = made;
    file->last = &made->next;
}

// MARK: The cut

static void cut_file(faultvfs *disk, node *file) {
    file->existed = file->exists;
    resize(&file->left, 0);
    put(&file->left, 0, file->durable.bytes, file->durable.size);
    int64_t count = 0;
    for (change *made = file->first; made != NULL; made = made->next) count += 1;
    disk->unsynced += count;
    int64_t point = disk->loss == FAULTVFS_TEAR_LAST ? count - 1 : below(disk, count + 1);
    int64_t index = 0;
    for (change *made = file->first; made != NULL; made = made->next, index += 1) {
        switch (disk->loss) {
        case FAULTVFS_LOSE_ALL: disk->damaged += 1; break;
        case FAULTVFS_LOSE_NONE: apply(&file->left, made); break;
        case FAULTVFS_LOSE_SOME:
            switch (chance(disk) % 4) {
            case 0:
            case 1: apply(&file->left, made); break;
            case 2:
                apply_part(disk, &file->left, made);
                disk->damaged += 1;
                break;
            default: disk->damaged += 1;
            }
            break;
        default:
            if (index < point) {
                apply(&file->left, made);
            } else {
                if (index == point) apply_part(disk, &file->left, made);
                disk->damaged += 1;
            }
        }
    }
}

// With the lock held.
static void cut(faultvfs *disk) {
    if (disk->is_cut) return;
    for (node *file = disk->nodes; file != NULL; file = file->next) cut_file(disk, file);
    disk->is_cut = 1;
}

// Counts an operation, with the lock held, and says what becomes of it: SQLITE_OK, or the code with which it fails.
static int begin(faultvfs *disk, int kind, int code_when_cut) {
    if (disk->is_cut) return code_when_cut;
    disk->operations += 1;
    if (disk->cut_at > 0 && --disk->cut_at == 0) {
        cut(disk);
        return code_when_cut;
    }
    if ((disk->fail_kinds & kind) == 0) return SQLITE_OK;
    if (disk->fail_after > 0 && --disk->fail_after > 0) return SQLITE_OK;
    if (disk->fail_count <= 0) return SQLITE_OK;
    disk->fail_count -= 1;
    disk->fail_after = 1;
    disk->failures += 1;
    return disk->fail_code;
}

// MARK: Files

static int file_close(sqlite3_file *file) { return system_file(file)->pMethods->xClose(system_file(file)); }

static int file_read(sqlite3_file *file, void *into, int length, sqlite3_int64 offset) {
    return system_file(file)->pMethods->xRead(system_file(file), into, length, offset);
}

static int file_write(sqlite3_file *file, const void *data, int length, sqlite3_int64 offset) {
    opened *mine = (opened *)file;
    if (mine->node == NULL) return system_file(file)->pMethods->xWrite(system_file(file), data, length, offset);
    faultvfs *disk = mine->disk;
    pthread_mutex_lock(&disk->lock);
    int was_cut = disk->is_cut;
    // A write that the cut finds under way may reach the disk like those before it.
    if (!was_cut && disk->cut_at == 1) note(mine->node, offset, data, length);
    int code = begin(disk, FAULTVFS_WRITE, SQLITE_IOERR_WRITE);
    int written = length;
    if (code != SQLITE_OK) {
        // What a failing write has written is there to be read.
        int64_t stop = offset + below(disk, length);
        written = disk->is_cut ? 0 : (int)(stop / SECTOR * SECTOR > offset ? stop / SECTOR * SECTOR - offset : 0);
    }
    int result = SQLITE_OK;
    if (written > 0) {
        note(mine->node, offset, data, written);
        result = system_file(file)->pMethods->xWrite(system_file(file), data, written, offset);
    }
    pthread_mutex_unlock(&disk->lock);
    return code != SQLITE_OK ? code : result;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size) {
    opened *mine = (opened *)file;
    if (mine->node == NULL) return system_file(file)->pMethods->xTruncate(system_file(file), size);
    pthread_mutex_lock(&mine->disk->lock);
    int code = begin(mine->disk, FAULTVFS_TRUNCATE, SQLITE_IOERR_TRUNCATE);
    if (code == SQLITE_OK) {
        note(mine->node, size, NULL, 0);
        code = system_file(file)->pMethods->xTruncate(system_file(file), size);
    }
    pthread_mutex_unlock(&mine->disk->lock);
    return code;
}

// The system is not asked to sync: what counts as synced is written down here.
static int file_sync(sqlite3_file *file, int flags) {
    opened *mine = (opened *)file;
    if (mine->node == NULL) return system_file(file)->pMethods->xSync(system_file(file), flags);
    faultvfs *disk = mine->disk;
    pthread_mutex_lock(&disk->lock);
    int code = begin(disk, FAULTVFS_SYNC, SQLITE_IOERR_FSYNC);
    if (!disk->is_cut) {
        for (change *made = mine->node->first; made != NULL; made = made->next) {
            if (code == SQLITE_OK || (chance(disk) & 1)) {
                apply(&mine->node->durable, made);
            } else {
                apply_part(disk, &mine->node->durable, made);
            }
        }
        forget_changes(mine->node);
    }
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size) {
    return system_file(file)->pMethods->xFileSize(system_file(file), size);
}
static int file_lock(sqlite3_file *file, int kind) { return system_file(file)->pMethods->xLock(system_file(file), kind); }
static int file_unlock(sqlite3_file *file, int kind) { return system_file(file)->pMethods->xUnlock(system_file(file), kind); }
static int file_reserved(sqlite3_file *file, int *result) {
    return system_file(file)->pMethods->xCheckReservedLock(system_file(file), result);
}
static int file_control(sqlite3_file *file, int operation, void *argument) {
    return system_file(file)->pMethods->xFileControl(system_file(file), operation, argument);
}
static int file_sector(sqlite3_file *file) { return system_file(file)->pMethods->xSectorSize(system_file(file)); }
static int file_traits(sqlite3_file *file) {
    return system_file(file)->pMethods->xDeviceCharacteristics(system_file(file));
}
// The index of the write-ahead log is shared memory: it is not of the disk, and no cut can damage it.
static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **memory) {
    return system_file(file)->pMethods->xShmMap(system_file(file), page, size, extend, memory);
}
static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags) {
    return system_file(file)->pMethods->xShmLock(system_file(file), offset, count, flags);
}
static void file_shm_barrier(sqlite3_file *file) { system_file(file)->pMethods->xShmBarrier(system_file(file)); }
static int file_shm_unmap(sqlite3_file *file, int remove) {
    return system_file(file)->pMethods->xShmUnmap(system_file(file), remove);
}

// Version 2: shared memory, and no memory-mapped reads, which would pass by.
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_reserved,
    .xFileControl = file_control,
    .xSectorSize = file_sector,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

// MARK: The VFS

static node *find(faultvfs *disk, const char *path) {
    for (node *file = disk->nodes; file != NULL; file = file->next) {
        if (strcmp(file->path, path) == 0) return file;
    }
    return NULL;
}

// What stands in a file when it is first opened counts as synced.
static int learn(node *file, sqlite3_file *source) {
    sqlite3_int64 size = 0;
    int code = source->pMethods->xFileSize(source, &size);
    if (code != SQLITE_OK) return code;
    resize(&file->durable, size);
    for (int64_t at = 0; at < size;) {
        int length = size - at > 1 << 20 ? 1 << 20 : (int)(size - at);
        code = source->pMethods->xRead(source, file->durable.bytes + at, length, at);
        if (code != SQLITE_OK) return code;
        at += length;
    }
    return SQLITE_OK;
}

static int vfs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *flags_out) {
    faultvfs *disk = vfs->pAppData;
    opened *mine = (opened *)file;
    memset(mine, 0, sizeof *mine);
    mine->disk = disk;
    pthread_mutex_lock(&disk->lock);
    int lasts = name != NULL && (flags & (SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL)) != 0;
    node *known = lasts ? find(disk, name) : NULL;
    if (disk->is_cut && lasts && (known == NULL || !known->exists)) {
        pthread_mutex_unlock(&disk->lock);
        return SQLITE_CANTOPEN;
    }
    int code = disk->system->xOpen(disk->system, name, system_file(file), flags, flags_out);
    if (code == SQLITE_OK && lasts) {
        if (known == NULL) {
            known = required(calloc(1, sizeof *known));
            known->path = required(strdup(name));
            known->last = &known->first;
            known->next = disk->nodes;
            disk->nodes = known;
        }
        if (!known->exists) {
            code = learn(known, system_file(file));
            known->exists = 1;
        }
        mine->node = known;
    }
    // SQLite calls xClose only where the methods are set.
    if (code == SQLITE_OK || system_file(file)->pMethods != NULL) mine->base.pMethods = &methods;
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int vfs_delete(sqlite3_vfs *vfs, const char *name, int sync_folder) {
    faultvfs *disk = vfs->pAppData;
    pthread_mutex_lock(&disk->lock);
    int code = SQLITE_IOERR_DELETE;
    if (!disk->is_cut) {
        node *known = find(disk, name);
        if (known != NULL) {
            forget_changes(known);
            resize(&known->durable, 0);
            known->exists = 0;
        }
        code = disk->system->xDelete(disk->system, name, sync_folder);
    }
    pthread_mutex_unlock(&disk->lock);
    return code;
}

static int vfs_access(sqlite3_vfs *vfs, const char *name, int flags, int *result) {
    sqlite3_vfs *system = ((faultvfs *)vfs->pAppData)->system;
    return system->xAccess(system, name, flags, result);
}

static int vfs_path(sqlite3_vfs *vfs, const char *name, int size, char *path) {
    sqlite3_vfs *system = ((faultvfs *)vfs->pAppData)->system;
    return system->xFullPathname(system, name, size, path);
}

// MARK: For tests

faultvfs *faultvfs_create(const char *name, uint64_t seed) {
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    if (system == NULL || sqlite3_vfs_find(name) != NULL) return NULL;
    faultvfs *disk = calloc(1, sizeof *disk);
    if (disk == NULL) return NULL;
    disk->name = required(strdup(name));
    disk->system = system;
    disk->random = seed * 2 + 1;
    for (int turn = 0; turn < 8; turn += 1) chance(disk);
    pthread_mutex_init(&disk->lock, NULL);
    // Time, randomness and errors of the system's VFS do not look at the struct they are called with.
    disk->vfs = *system;
    disk->vfs.pNext = NULL;
    disk->vfs.zName = disk->name;
    disk->vfs.pAppData = disk;
    disk->vfs.szOsFile = (int)sizeof(opened) + system->szOsFile;
    disk->vfs.xOpen = vfs_open;
    disk->vfs.xDelete = vfs_delete;
    disk->vfs.xAccess = vfs_access;
    disk->vfs.xFullPathname = vfs_path;
    if (sqlite3_vfs_register(&disk->vfs, 0) != SQLITE_OK) {
        free(disk->name);
        free(disk);
        return NULL;
    }
    return disk;
}

void faultvfs_destroy(faultvfs *disk) {
    sqlite3_vfs_unregister(&disk->vfs);
    while (disk->nodes != NULL) {
        node *file = disk->nodes;
        disk->nodes = file->next;
        forget_changes(file);
        free(file->durable.bytes);
        free(file->left.bytes);
        free(file->path);
        free(file);
    }
    pthread_mutex_destroy(&disk->lock);
    free(disk->name);
    free(disk);
}

void faultvfs_cut_at(faultvfs *disk, int64_t operation, int loss) {
    pthread_mutex_lock(&disk->lock);
    disk->cut_at = operation;
    disk->loss = loss;
    pthread_mutex_unlock(&disk->lock);
}

void faultvfs_cut(faultvfs *disk, int loss) {
    pthread_mutex_lock(&disk->lock);
    if (!disk->is_cut) disk->loss = loss;
    cut(disk);
    pthread_mutex_unlock(&disk->lock);
}

void faultvfs_fail(faultvfs *disk, int kinds, int64_t first, int64_t count, int code) {
    pthread_mutex_lock(&disk->lock);
    disk->fail_kinds = kinds;
    disk->fail_after = first;
    disk->fail_count = count;
    disk->fail_code = code;
    pthread_mutex_unlock(&disk->lock);
}

void faultvfs_heal(faultvfs *disk) { faultvfs_fail(disk, 0, 0, 0, SQLITE_OK); }

static int64_t locked(faultvfs *disk, const int64_t *value) {
    pthread_mutex_lock(&disk->lock);
    int64_t result = *value;
    pthread_mutex_unlock(&disk->lock);
    return result;
}

int faultvfs_is_cut(faultvfs *disk) {
    pthread_mutex_lock(&disk->lock);
    int result = disk->is_cut;
    pthread_mutex_unlock(&disk->lock);
    return result;
}

int64_t faultvfs_operations(faultvfs *disk) { return locked(disk, &disk->operations); }
int64_t faultvfs_failures(faultvfs *disk) { return locked(disk, &disk->failures); }
int64_t faultvfs_unsynced(faultvfs *disk) { return locked(disk, &disk->unsynced); }
int64_t faultvfs_damaged(faultvfs *disk) { return locked(disk, &disk->damaged); }

int faultvfs_restore(faultvfs *disk, const char *folder) {
    int result = 0;
    pthread_mutex_lock(&disk->lock);
    for (node *file = disk->nodes; file != NULL && result == 0; file = file->next) {
        if (!file->existed) continue;
        const char *slash = strrchr(file->path, '/');
        char path[4096];
        if (snprintf(path, sizeof path, "%s/%s", folder, slash == NULL ? file->path : slash + 1) >= (int)sizeof path) {
            result = ENAMETOOLONG;
            break;
        }
        FILE *out = fopen(path, "wb");
        if (out == NULL) {
            result = errno;
            break;
        }
        size_t size = (size_t)file->left.size;
        if (size > 0 && fwrite(file->left.bytes, 1, size, out) != size) result = errno;
        if (fclose(out) != 0 && result == 0) result = errno;
    }
    pthread_mutex_unlock(&disk->lock);
    return result;
}
