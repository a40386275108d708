/* Writes the rows of an accepted message again and again, in a tight loop: the yardstick of the store.
 *
 *     yardstick TEMPLATE OUT COUNT BATCH [--unsynced]
 *
 * TEMPLATE is a store in which the gateway accepted one message. Its schema, page size and the rows of that message (message,
 * payloads, deliveries, evidence, idempotency key) are read from it, whatever columns they have; OUT is a fresh file in which COUNT
 * copies are written, BATCH to a transaction, with the gateway's own pragmas and new numbers and keys for each copy. Deliveries are
 * written as pending, nothing of them was sent. Prints one line of JSON. --unsynced is for making large stores quickly.
 *
 * It shares no code with the gateway. The digests of the evidence are random bytes: the chain of OUT does not verify.
 */
#include <sqlite3.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROWS_MAX 16
#define COLUMNS_MAX 64

typedef struct {
    const char *table;
    sqlite3_stmt *insert;
    int columns;
    char *names[COLUMNS_MAX];
    sqlite3_value *values[COLUMNS_MAX];
} Row;

static Row rows[ROWS_MAX];
static int row_count;
static uint64_t seed = 0x9E3779B97F4A7C15ull;

static void fail(sqlite3 *db, const char *what) {
    fprintf(stderr, "yardstick: %s: %s\n", what, db ? sqlite3_errmsg(db) : "");
    exit(1);
}

static uint64_t next_random(void) { /* splitmix64 */
    uint64_t z = (seed += 0x9E3779B97F4A7C15ull);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
    return z ^ (z >> 31);
}

static void run(sqlite3 *db, const char *sql) {
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK) fail(db, sql);
}

static int64_t number(sqlite3 *db, const char *sql) {
    sqlite3_stmt *statement;
    int64_t value = 0;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK) fail(db, sql);
    if (sqlite3_step(statement) == SQLITE_ROW) value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return value;
}

/* Reads the rows that a query finds and prepares an insert for each. */
static void learn(sqlite3 *from, sqlite3 *to, const char *table, const char *where) {
    char sql[4096];
    sqlite3_stmt *select;
    snprintf(sql, sizeof sql, "SELECT * FROM %s WHERE %s", table, where);
    if (sqlite3_prepare_v2(from, sql, -1, &select, NULL) != SQLITE_OK) fail(from, sql);
    while (sqlite3_step(select) == SQLITE_ROW) {
        if (row_count == ROWS_MAX) fail(NULL, "too many rows");
        Row *row = &rows[row_count++];
        row->table = table;
        row->columns = sqlite3_column_count(select);
        if (row->columns > COLUMNS_MAX) fail(NULL, "too many columns");
        int at = snprintf(sql, sizeof sql, "INSERT INTO %s VALUES (", table);
        for (int i = 0; i < row->columns; i++) {
            row->names[i] = strdup(sqlite3_column_name(select, i));
            row->values[i] = sqlite3_value_dup(sqlite3_column_value(select, i));
            at += snprintf(sql + at, sizeof sql - at, i ? ",?" : "?");
        }
        snprintf(sql + at, sizeof sql - at, ")");
        if (sqlite3_prepare_v2(to, sql, -1, &row->insert, NULL) != SQLITE_OK) fail(to, sql);
    }
    sqlite3_finalize(select);
}

/* The row of the key: both of its values are new for each copy. */
static void learn_key(sqlite3 *to, const char *table) {
    sqlite3_stmt *insert;
    char sql[128];
    snprintf(sql, sizeof sql, "INSERT INTO %s (key, message) VALUES (?, ?)", table);
    if (sqlite3_prepare_v2(to, sql, -1, &insert, NULL) != SQLITE_OK) fail(to, sql);
    Row *row = &rows[row_count++];
    row->table = table;
    row->columns = 2;
    row->names[0] = strdup("key");
    row->names[1] = strdup("message");
    row->values[0] = row->values[1] = NULL;
    row->insert = insert;
}

static int is(const Row *row, int column, const char *table, const char *name) {
    return !strcmp(row->table, table) && !strcmp(row->names[column], name);
}

static void bind_random(sqlite3_stmt *statement, int at, int bytes) {
    uint64_t words[8];
    for (int i = 0; i < 8; i++) words[i] = next_random();
    sqlite3_bind_blob(statement, at, words, bytes, SQLITE_TRANSIENT);
}

/* A UUIDv7 of the copy: its time goes up with the number, the rest is random. */
static void bind_id(sqlite3_stmt *statement, int at, int64_t copy, unsigned salt) {
    unsigned char id[16];
    uint64_t time = 1790000000000ull + (uint64_t)copy / 4, low = (uint64_t)copy * 0x9E3779B97F4A7C15ull + salt;
    for (int i = 0; i < 6; i++) id[i] = (unsigned char)(time >> (40 - 8 * i));
    for (int i = 0; i < 8; i++) id[8 + i] = (unsigned char)(low >> (56 - 8 * i));
    id[6] = (unsigned char)(0x70 | ((copy & 3) << 2) | (salt & 3));
    id[7] = (unsigned char)salt;
    id[8] = (unsigned char)(0x80 | (id[8] & 0x3F));
    sqlite3_bind_blob(statement, at, id, 16, SQLITE_TRANSIENT);
}

static void bind_key(sqlite3_stmt *statement, int at, sqlite3_value *value, int64_t copy) {
    char text[256];
    const char *old = (const char *)sqlite3_value_text(value);
    snprintf(text, sizeof text, "%.200s-%09lld", old ? old : "", (long long)copy);
    sqlite3_bind_text(statement, at, text, -1, SQLITE_TRANSIENT);
}

static void write_copy(sqlite3 *to, int64_t copy, int64_t *payload, int payloads, int deliveries, int evidences) {
    int64_t first_payload = *payload;
    int nth_payload = 0, nth_delivery = 0, nth_evidence = 0;
    for (int r = 0; r < row_count; r++) {
        Row *row = &rows[r];
        sqlite3_stmt *insert = row->insert;
        for (int i = 0; i < row->columns; i++) {
            const char *name = row->names[i];
            int at = i + 1, is_message = !strcmp(row->table, "message"), is_delivery = !strcmp(row->table, "delivery");
            if (is(row, i, "payload", "id")) sqlite3_bind_int64(insert, at, first_payload + nth_payload);
            else if (is_message && !strcmp(name, "seq")) sqlite3_bind_int64(insert, at, copy);
            else if (is_message && !strcmp(name, "id")) bind_id(insert, at, copy, 0);
            else if (is_message && (!strcmp(name, "business_key") || !strcmp(name, "ordering_key") || !strcmp(name, "idempotency_key")))
                bind_key(insert, at, row->values[i], copy);
            else if (is_message && !strcmp(name, "received")) sqlite3_bind_int64(insert, at, first_payload);
            else if (is_message && !strcmp(name, "canonical")) sqlite3_bind_int64(insert, at, first_payload + 1);
            else if (is_delivery && !strcmp(name, "seq")) sqlite3_bind_int64(insert, at, (copy - 1) * deliveries + nth_delivery + 1);
            else if (is_delivery && !strcmp(name, "id")) bind_id(insert, at, copy, 1 + (unsigned)nth_delivery);
            else if (is_delivery && !strcmp(name, "message")) sqlite3_bind_int64(insert, at, copy);
            else if (is_delivery && !strcmp(name, "lane")) sqlite3_bind_int64(insert, at, (int64_t)(next_random() >> 1) | 1);
            else if (is_delivery && !strcmp(name, "state")) sqlite3_bind_text(insert, at, "pending", -1, SQLITE_STATIC);
            else if (is_delivery && (!strcmp(name, "fence") || !strcmp(name, "attempts"))) sqlite3_bind_int64(insert, at, 0);
            else if (is_delivery && (!strcmp(name, "owner") || !strcmp(name, "due_at") || !strcmp(name, "cause_code")
                                     || !strcmp(name, "cause_text") || !strcmp(name, "frozen")))
                sqlite3_bind_null(insert, at);
            else if (is(row, i, "evidence", "seq")) sqlite3_bind_int64(insert, at, (copy - 1) * evidences + nth_evidence + 1);
            else if (is(row, i, "evidence", "message")) bind_id(insert, at, copy, 0);
            else if (is(row, i, "evidence", "digest")) bind_random(insert, at, 32);
            else if (!strncmp(row->table, "idempotency", 11) && !strcmp(name, "key")) bind_random(insert, at, 16);
            else if (!strncmp(row->table, "idempotency", 11) && !strcmp(name, "message")) sqlite3_bind_int64(insert, at, copy);
            else if (!strcmp(name, "last_evidence")) sqlite3_bind_int64(insert, at, copy * evidences);
            else sqlite3_bind_value(insert, at, row->values[i]);
        }
        if (sqlite3_step(insert) != SQLITE_DONE) fail(to, row->table);
        sqlite3_reset(insert);
        nth_payload += !strcmp(row->table, "payload");
        nth_delivery += !strcmp(row->table, "delivery");
        nth_evidence += !strcmp(row->table, "evidence");
    }
    *payload += payloads;
}

/* Copies every table that holds no messages: settings, holds, keys. */
static void copy_settings(sqlite3 *from, sqlite3 *to) {
    sqlite3_stmt *tables;
    sqlite3_prepare_v2(from,
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT IN "
        "('message', 'payload', 'delivery', 'attempt', 'receipt', 'evidence', 'idempotency', "
        "'idempotency_recent', 'refusal_finding')", -1, &tables, NULL);
    while (sqlite3_step(tables) == SQLITE_ROW) {
        row_count = 0;
        learn(from, to, (const char *)sqlite3_column_text(tables, 0), "1");
        for (int r = 0; r < row_count; r++) {
            for (int i = 0; i < rows[r].columns; i++) sqlite3_bind_value(rows[r].insert, i + 1, rows[r].values[i]);
            if (sqlite3_step(rows[r].insert) != SQLITE_DONE) fail(to, rows[r].table);
            sqlite3_finalize(rows[r].insert);
        }
    }
    sqlite3_finalize(tables);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static double processor(void) { return (double)clock() / CLOCKS_PER_SEC; }

int main(int argc, char **argv) {
    if (argc < 5) {
        fprintf(stderr, "usage: yardstick TEMPLATE OUT COUNT BATCH [--unsynced]\n");
        return 64;
    }
    int64_t count = atoll(argv[3]), batch = atoll(argv[4]);
    int synced = !(argc > 5 && !strcmp(argv[5], "--unsynced"));
    sqlite3 *from, *to;
    if (count < 1 || batch < 1) fail(NULL, "COUNT and BATCH are at least 1");
    if (sqlite3_open_v2(argv[1], &from, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) fail(from, argv[1]);
    remove(argv[2]);
    if (sqlite3_open(argv[2], &to) != SQLITE_OK) fail(to, argv[2]);
    char sql[512];
    snprintf(sql, sizeof sql, "PRAGMA page_size = %lld; PRAGMA journal_mode = WAL; PRAGMA synchronous = %s; PRAGMA cache_size = -32768;"
        "PRAGMA wal_autocheckpoint = 2000; PRAGMA foreign_keys = ON; PRAGMA application_id = %lld;",
        (long long)number(from, "PRAGMA page_size"), synced ? "FULL" : "OFF", (long long)number(from, "PRAGMA application_id"));
    run(to, sql);

    sqlite3_stmt *schema;
    sqlite3_prepare_v2(from, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type = 'table' DESC, rowid", -1, &schema, NULL);
    while (sqlite3_step(schema) == SQLITE_ROW) run(to, (const char *)sqlite3_column_text(schema, 0));
    sqlite3_finalize(schema);

    /* Everything of the first message that was accepted. */
    char where[256];
    int64_t message = number(from, "SELECT min(seq) FROM message WHERE state = 'accepted'");
    if (!message) fail(NULL, "the template holds no accepted message");
    snprintf(where, sizeof where, "message = %lld", (long long)message);
    /* Where the gateway appends keys; a large store made quickly gets them in their sorted table, as they end up there. */
    learn_key(to, synced ? "idempotency_recent" : "idempotency");
    snprintf(where, sizeof where, "id IN (SELECT received FROM message WHERE seq = %lld UNION SELECT canonical FROM message WHERE seq = %lld) ORDER BY id",
        (long long)message, (long long)message);
    int before = row_count;
    learn(from, to, "payload", where);
    int payloads = row_count - before;
    if (payloads != 2) fail(NULL, "the template's message has not two payloads");
    snprintf(where, sizeof where, "seq = %lld", (long long)message);
    learn(from, to, "message", where);
    snprintf(where, sizeof where, "message = %lld ORDER BY seq", (long long)message);
    before = row_count;
    learn(from, to, "delivery", where);
    int deliveries = row_count - before;
    snprintf(where, sizeof where, "seq = (SELECT min(seq) FROM evidence WHERE message = (SELECT id FROM message WHERE seq = %lld))", (long long)message);
    before = row_count;
    learn(from, to, "evidence", where);
    int evidences = row_count - before;

    sqlite3_stmt *begin, *commit;
    sqlite3_prepare_v2(to, "BEGIN IMMEDIATE", -1, &begin, NULL);
    sqlite3_prepare_v2(to, "COMMIT", -1, &commit, NULL);
    double started = now(), used = processor();
    int64_t payload = 1;
    for (int64_t copy = 1; copy <= count;) {
        if (sqlite3_step(begin) != SQLITE_DONE) fail(to, "begin");
        sqlite3_reset(begin);
        for (int64_t i = 0; i < batch && copy <= count; i++, copy++) write_copy(to, copy, &payload, payloads, deliveries, evidences);
        if (sqlite3_step(commit) != SQLITE_DONE) fail(to, "commit");
        sqlite3_reset(commit);
    }
    double seconds = now() - started;
    printf("{\"messages\": %lld, \"rows\": %d, \"batch\": %lld, \"seconds\": %.3f, \"perSecond\": %.1f, \"processorMicroseconds\": %.1f}\n",
        (long long)count, row_count, (long long)batch, seconds, (double)count / seconds, (processor() - used) * 1e6 / (double)count);
    sqlite3_finalize(begin);
    sqlite3_finalize(commit);
    for (int r = 0; r < row_count; r++) sqlite3_finalize(rows[r].insert);
    copy_settings(from, to);
    run(to, "PRAGMA wal_checkpoint(TRUNCATE)");
    if (sqlite3_close(to) != SQLITE_OK) fail(to, "close");
    sqlite3_close(from);
    return 0;
}
