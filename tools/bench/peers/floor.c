/* The floor: what a WebSocket game server costs when nothing but the system calls and the copying is left.
 *
 * One thread, one epoll set. Between ticks it sleeps. At each tick it reads every socket that has bytes, unmasks the
 * inputs, and writes every client a snapshot of 600 bytes whose head is its own: the tick and the newest input's
 * first four bytes. A client that has not taken the snapshot before is passed over.
 *
 * Usage: floor PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { RATE = 30, PAYLOAD = 600, FRAME = 4 + PAYLOAD, INPUT_BUFFER = 4096, MAX_CLIENTS = 8192, BATCH = 1024 };

struct client {
    int fd;
    int open;            /* the handshake is done */
    size_t have;         /* bytes in `in` */
    uint8_t in[INPUT_BUFFER];
    uint8_t newest[4];
    size_t unsent;       /* bytes at the end of `out` that are still to be written */
    uint8_t out[FRAME];
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

/* Reads what is there; 0 when the peer is gone. */
static int listen_to(struct client *client)
{
    ssize_t got = read(client->fd, client->in + client->have, INPUT_BUFFER - 1 - client->have);
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return 0;
    client->have += (size_t)got;
    if (!client->open && !shake(client)) return 0;
    return client->open ? use(client) : 1;
}

static void send_snapshot(struct client *client, const uint8_t *frame, uint32_t tick)
{
    if (!client->open) return;
    if (!client->unsent) {
        memcpy(client->out, frame, FRAME);
        memcpy(client->out + 4, &tick, 4);
        memcpy(client->out + 8, client->newest, 4);
        client->unsent = FRAME;
    }
    ssize_t put = write(client->fd, client->out + FRAME - client->unsent, client->unsent);
    if (put > 0) client->unsent -= (size_t)put;
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
        epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: floor PORT\n");
        return 2;
    }
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1;
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(argv[1]))};
    here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(listener, (struct sockaddr *)&here, sizeof here) || listen(listener, 1024)) {
        perror("floor");
        return 1;
    }
    int set = epoll_create1(0);
    uint8_t frame[FRAME] = {0x82, 126, PAYLOAD >> 8, PAYLOAD & 0xFF};
    static struct epoll_event events[BATCH];
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    printf("Listening\n");
    fflush(stdout);
    for (uint32_t tick = 1;; tick++) {
        due.tv_nsec += 1000000000 / RATE;
        if (due.tv_nsec >= 1000000000) due.tv_nsec -= 1000000000, due.tv_sec++;
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
        admit(listener, set);
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
        memset(frame + 12, (int)tick, FRAME - 12);
        for (int index = 0; index < count; index++)
            send_snapshot(clients[index], frame, tick);
    }
}
