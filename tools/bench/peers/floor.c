/* The floor: what a WebSocket game server costs when nothing but the system calls and the copying is left.
 *
 * One thread, one epoll set. Between ticks it sleeps. At each tick it reads every socket that has bytes, unmasks the
 * inputs, and writes every client a snapshot whose head is its own: the tick and the newest input's first four bytes.
 * A client that has not taken the snapshot before is passed over. With `ring`, io_uring reads all sockets in one system
 * call and writes all in another, as our server does.
 *
 * Usage: floor PORT BYTES [ring]      BYTES of payload of a snapshot, 126 to 1,400
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/io_uring.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 30, HEAD = 4, LEAST = 126, MOST = 1400, INPUT_BUFFER = 4096, MAX_CLIENTS = 8192, BATCH = 1024 };

static size_t frame_size; /* bytes of a snapshot with its header */

struct client {
    int fd;
    int open;            /* the handshake is done */
    size_t have;         /* bytes in `in` */
    uint8_t in[INPUT_BUFFER];
    uint8_t newest[4];
    size_t unsent;       /* bytes at the end of `out` that are still to be written */
    uint8_t out[HEAD + MOST];
};

static struct client *clients[MAX_CLIENTS];
static int count;

static uint32_t rotate(uint32_t word, int bits) { return word << bits | word >> (32 - bits); }

/* SHA-1 (RFC 3174) of a message short enough for two blocks. */
static void sha1(const uint8_t *message, size_t size, uint8_t digest[20])
{
    uint8_t padded[128] = {0};
    size_t blocks = size + 9 > 64 ? 2 : 1;
    memcpy(padded, message, size);
    padded[size] = 0x80;
    padded[blocks * 64 - 2] = (uint8_t)(size * 8 >> 8);
    padded[blocks * 64 - 1] = (uint8_t)(size * 8);
    uint32_t state[5] = {0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476, 0xC3D2E1F0};
    for (size_t block = 0; block < blocks; block++) {
        uint32_t w[80];
        for (int i = 0; i < 16; i++) {
            const uint8_t *at = padded + block * 64 + i * 4;
            w[i] = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
        }
        for (int i = 16; i < 80; i++)
            w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
        uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
        for (int i = 0; i < 80; i++) {
            uint32_t f, k;
            if (i < 20) f = (b & c) | (~b & d), k = 0x5A827999;
            else if (i < 40) f = b ^ c ^ d, k = 0x6ED9EBA1;
            else if (i < 60) f = (b & c) | (b & d) | (c & d), k = 0x8F1BBCDC;
            else f = b ^ c ^ d, k = 0xCA62C1D6;
            uint32_t next = rotate(a, 5) + f + e + k + w[i];
            e = d, d = c, c = rotate(b, 30), b = a, a = next;
        }
        state[0] += a, state[1] += b, state[2] += c, state[3] += d, state[4] += e;
    }
    for (int i = 0; i < 20; i++)
        digest[i] = (uint8_t)(state[i / 4] >> (24 - i % 4 * 8));
}

static void base64(const uint8_t *bytes, size_t size, char *text)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t at = 0; at < size; at += 3) {
        uint32_t three = (uint32_t)bytes[at] << 16;
        if (at + 1 < size) three |= (uint32_t)bytes[at + 1] << 8;
        if (at + 2 < size) three |= bytes[at + 2];
        for (int i = 0; i < 4; i++)
            *text++ = at + (size_t)i > size ? '=' : letters[three >> (18 - 6 * i) & 63];
    }
    *text = 0;
}

static void drop(int index)
{
    close(clients[index]->fd);
    free(clients[index]);
    clients[index] = clients[--count];
}

/* Answers the handshake when it is whole; 0 when the peer is not to be kept. */
static int shake(struct client *client)
{
    client->in[client->have] = 0;
    char *end = strstr((char *)client->in, "\r\n\r\n");
    if (!end) return client->have < INPUT_BUFFER - 1;
    char *key = strcasestr((char *)client->in, "\r\nSec-WebSocket-Key:");
    char *protocol = strcasestr((char *)client->in, "\r\nSec-WebSocket-Protocol:");
    if (!key) return 0;
    key += strlen("\r\nSec-WebSocket-Key:");
    key += strspn(key, " ");
    char joined[80], accept[32], answer[512], offered[64] = "";
    uint8_t digest[20];
    snprintf(joined, sizeof joined, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    sha1((uint8_t *)joined, strlen(joined), digest);
    base64(digest, sizeof digest, accept);
    if (protocol) {
        protocol += strlen("\r\nSec-WebSocket-Protocol:");
        protocol += strspn(protocol, " ");
        snprintf(offered, sizeof offered, "Sec-WebSocket-Protocol: %.*s\r\n", (int)strcspn(protocol, ",\r"), protocol);
    }
    int size = snprintf(answer, sizeof answer,
                        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                        "Sec-WebSocket-Accept: %s\r\n%s\r\n", accept, offered);
    size_t head = (size_t)(end + 4 - (char *)client->in);
    client->have -= head;
    memmove(client->in, client->in + head, client->have);
    client->open = 1;
    return write(client->fd, answer, (size_t)size) == size;
}

/* Unmasks every whole frame and remembers the newest input; 0 at a close or what is not the benchmark's. */
static int use(struct client *client)
{
    size_t at = 0;
    while (client->have - at >= 6) {
        uint8_t *frame = client->in + at;
        size_t length = frame[1] & 0x7F;
        if (!(frame[1] & 0x80) || length > 125 || (frame[0] & 0xF) == 8) return 0;
        if (client->have - at < 6 + length) break;
        for (size_t i = 0; i < length; i++)
            frame[6 + i] ^= frame[2 + i % 4];
        if (frame[0] == 0x82 && length >= 4) memcpy(client->newest, frame + 6, 4);
        at += 6 + length;
    }
    client->have -= at;
    if (at) memmove(client->in, client->in + at, client->have);
    return 1;
}

/* Takes what a read has brought, `got` bytes or minus an error; 0 when the peer is gone. */
static int take(struct client *client, ssize_t got)
{
    if (got < 0) return got == -EAGAIN;
    if (got == 0) return 0;
    client->have += (size_t)got;
    if (!client->open && !shake(client)) return 0;
    return client->open ? use(client) : 1;
}

static int listen_to(struct client *client)
{
    ssize_t got = read(client->fd, client->in + client->have, INPUT_BUFFER - 1 - client->have);
    return take(client, got < 0 ? -errno : got);
}

static void prepare_snapshot(struct client *client, const uint8_t *frame, uint32_t tick)
{
    if (client->unsent) return;
    memcpy(client->out, frame, frame_size);
    memcpy(client->out + HEAD, &tick, 4);
    memcpy(client->out + HEAD + 4, client->newest, 4);
    client->unsent = frame_size;
}

static void send_snapshot(struct client *client)
{
    ssize_t put = write(client->fd, client->out + frame_size - client->unsent, client->unsent);
    if (put > 0) client->unsent -= (size_t)put;
}

/* The two queues of io_uring (io_uring(7)), and how to go through all clients with one system call. */
static struct {
    int fd;
    unsigned *sq_tail, *sq_array, *cq_head, *cq_tail, mask, cq_mask;
    struct io_uring_sqe *operations;
    struct io_uring_cqe *results;
} ring;

static int open_ring(void)
{
    struct io_uring_params params = {0};
    ring.fd = (int)syscall(SYS_io_uring_setup, MAX_CLIENTS, &params);
    if (ring.fd < 0 || !(params.features & IORING_FEAT_SINGLE_MMAP)) return 0;
    size_t size = params.sq_off.array + params.sq_entries * sizeof(unsigned);
    size_t other = params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
    int how = MAP_SHARED | MAP_POPULATE;
    char *queues = mmap(NULL, size > other ? size : other, PROT_READ | PROT_WRITE, how, ring.fd, IORING_OFF_SQ_RING);
    ring.operations = mmap(NULL, params.sq_entries * sizeof(struct io_uring_sqe), PROT_READ | PROT_WRITE, how,
                           ring.fd, IORING_OFF_SQES);
    if (queues == MAP_FAILED || ring.operations == MAP_FAILED) return 0;
    ring.sq_tail = (unsigned *)(queues + params.sq_off.tail);
    ring.sq_array = (unsigned *)(queues + params.sq_off.array);
    ring.mask = params.sq_entries - 1;
    ring.cq_head = (unsigned *)(queues + params.cq_off.head);
    ring.cq_tail = (unsigned *)(queues + params.cq_off.tail);
    ring.cq_mask = params.cq_entries - 1;
    ring.results = (struct io_uring_cqe *)(queues + params.cq_off.cqes);
    return 1;
}

/* Does one operation on every open client, and gives each its result by `done`. */
static void go_through(uint8_t opcode, void (*done)(int index, ssize_t result))
{
    unsigned tail = *ring.sq_tail, asked = 0;
    for (int index = 0; index < count; index++) {
        struct client *client = clients[index];
        if (!client->open || (opcode == IORING_OP_SEND && !client->unsent)) continue;
        struct io_uring_sqe *operation = &ring.operations[asked];
        memset(operation, 0, sizeof *operation);
        operation->opcode = opcode;
        operation->fd = client->fd;
        int sends = opcode == IORING_OP_SEND;
        uint8_t *at = sends ? client->out + frame_size - client->unsent : client->in + client->have;
        operation->addr = (uint64_t)(uintptr_t)at;
        operation->len = (uint32_t)(sends ? client->unsent : INPUT_BUFFER - 1 - client->have);
        operation->msg_flags = MSG_DONTWAIT | MSG_NOSIGNAL;
        operation->user_data = (uint64_t)index;
        ring.sq_array[(tail + asked) & ring.mask] = asked;
        asked++;
    }
    __atomic_store_n(ring.sq_tail, tail + asked, __ATOMIC_RELEASE);
    for (unsigned left = asked; left;) {
        long taken = syscall(SYS_io_uring_enter, ring.fd, left, left, IORING_ENTER_GETEVENTS, NULL, 0);
        if (taken < 0 && errno != EINTR) exit(1);
        if (taken > 0) left -= (unsigned)taken;
    }
    unsigned head = *ring.cq_head, past = __atomic_load_n(ring.cq_tail, __ATOMIC_ACQUIRE);
    for (; head != past; head++) {
        struct io_uring_cqe *result = &ring.results[head & ring.cq_mask];
        done((int)result->user_data, result->res);
    }
    __atomic_store_n(ring.cq_head, head, __ATOMIC_RELEASE);
}

static void note_read(int index, ssize_t got)
{
    if (!take(clients[index], got)) clients[index]->open = -1; /* dropped after the batch, whose indices stay valid */
}

static void note_sent(int index, ssize_t put)
{
    if (put > 0) clients[index]->unsent -= (size_t)put;
}

static void admit(int listener, int set)
{
    int fd;
    while (count < MAX_CLIENTS && (fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        int on = 1;
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct client *client = calloc(1, sizeof *client);
        if (!client) exit(1);
        client->fd = fd;
        clients[count++] = client;
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};
        if (set >= 0) epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    }
}

/* Reads every socket that epoll says has bytes. */
static void read_ready(int set)
{
    static struct epoll_event events[BATCH];
    int ready;
    do {
        ready = epoll_wait(set, events, BATCH, 0);
        for (int i = 0; i < ready; i++) {
            struct client *client = events[i].data.ptr;
            if (listen_to(client)) continue;
            for (int index = 0; index < count; index++)
                if (clients[index] == client) {
                    drop(index);
                    break;
                }
        }
    } while (ready == BATCH);
}

/* Reads every socket through the ring, but for those whose handshake is not done. */
static void read_all(void)
{
    go_through(IORING_OP_RECV, note_read);
    for (int index = count - 1; index >= 0; index--) {
        struct client *client = clients[index];
        if (client->open < 0 || (!client->open && !listen_to(client))) drop(index);
    }
}

int main(int argc, char **argv)
{
    size_t payload = argc > 2 ? (size_t)atoi(argv[2]) : 0;
    int rings = argc == 4 && !strcmp(argv[3], "ring");
    if ((argc != 3 && !rings) || payload < LEAST || payload > MOST) {
        fprintf(stderr, "usage: floor PORT BYTES [ring]\n");
        return 2;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 1024) || (rings && !open_ring())) {
        perror("floor");
        return 1;
    }
    int set = rings ? -1 : epoll_create1(0);
    uint8_t frame[HEAD + MOST] = {0x82, 126, (uint8_t)(payload >> 8), (uint8_t)payload};
    frame_size = HEAD + payload;
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    printf("Listening\n");
    fflush(stdout);
    for (uint32_t tick = 1;; tick++) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        do { /* ticks that are missed are dropped */
            due.tv_nsec += 1000000000 / RATE;
            if (due.tv_nsec >= 1000000000) due.tv_nsec -= 1000000000, due.tv_sec++;
        } while (due.tv_sec < now.tv_sec || (due.tv_sec == now.tv_sec && due.tv_nsec < now.tv_nsec));
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        admit(listener, set);
        if (rings) read_all();
        else read_ready(set);
        memset(frame + HEAD + 8, (int)tick, payload - 8);
        for (int index = 0; index < count; index++) {
            if (!clients[index]->open) continue;
            prepare_snapshot(clients[index], frame, tick);
            if (!rings) send_snapshot(clients[index]);
        }
        if (rings) go_through(IORING_OP_SEND, note_sent);
    }
}
