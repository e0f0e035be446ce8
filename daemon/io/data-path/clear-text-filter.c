/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "io/data-path/clear-text-filter.h"

#include <assert.h>
#include <endian.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <string.h>

#include "core/base/macros.h"
#include "core/pptp/gre.h"
#include "io/socket-filter.h"

/* So many bytes of a packet suffice to notice it. */
#define SNAP_BYTES 1

/* Instructions of the filter, in the terms of their assembler. X points into the packet. */
#define LOAD_BYTE(offset) BPF_STMT(BPF_LD | BPF_B | BPF_ABS, offset)
#define LOAD_HALF(offset) BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offset)
#define LOAD_WORD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define LOAD_BYTE_AT_X(offset) BPF_STMT(BPF_LD | BPF_B | BPF_IND, offset)
#define LOAD_HALF_AT_X(offset) BPF_STMT(BPF_LD | BPF_H | BPF_IND, offset)
#define CALCULATE(operation, k) BPF_STMT(BPF_ALU | operation | BPF_K, k)
#define ADD_X BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0)
#define COPY_A_TO_X BPF_STMT(BPF_MISC | BPF_TAX, 0)
#define COPY_X_TO_A BPF_STMT(BPF_MISC | BPF_TXA, 0)
/* Skips so many instructions if the condition holds, and so many if not. */
#define SKIP(condition, k, n_true, n_false) \
        BPF_JUMP(BPF_JMP | condition | BPF_K, k, n_true, n_false)
#define RETURN(n_bytes) BPF_STMT(BPF_RET | BPF_K, n_bytes)

/*
 * With X at the GRE header (RFC 2637, section 4.1): goes on to the instruction behind the last if
 * the frame is none with clear text, and to the one after that if it is. A load beyond the packet's
 * end ends the filter with 0 bytes.
 *
 * As pptp_rcv_core() in the kernel's drivers/net/ppp/pptp.c reads it: address and control may stand
 * in front of the protocol, and the protocol may be one byte, which is odd.
 */
static const struct sock_filter judge_frame[] = {
        LOAD_BYTE_AT_X(0),
        SKIP(BPF_JSET, 0x10, 0, 16), /* bit S: a sequence number, and so a payload */
        LOAD_BYTE_AT_X(1),
        CALCULATE(BPF_AND, 0x80), /* bit A: an acknowledgement number, of four bytes */
        CALCULATE(BPF_RSH, 5),
        ADD_X,
        CALCULATE(BPF_ADD, 12),
        COPY_A_TO_X, /* the payload */
        LOAD_HALF_AT_X(0),
        SKIP(BPF_JEQ, 0xff03, 0, 3),
        COPY_X_TO_A,
        CALCULATE(BPF_ADD, 2),
        COPY_A_TO_X, /* the protocol */
        LOAD_BYTE_AT_X(0),
        SKIP(BPF_JSET, 1, 1, 0),
        LOAD_HALF_AT_X(0),
        SKIP(BPF_JGE, 0x8000, 1, 0),
        SKIP(BPF_JEQ, 0x00fd, 0, 1),
};

#define HEAD_MAX 16

/* head leaves X at the GRE header, or returns. */
static int attach(int fd, const struct sock_filter *head, size_t n_head, uint32_t n_other_bytes,
                  uint32_t n_clear_bytes) {

        const struct sock_filter tail[] = { RETURN(n_other_bytes), RETURN(n_clear_bytes) };
        struct sock_filter filter[HEAD_MAX + ELEMENTSOF(judge_frame) + ELEMENTSOF(tail)];

        assert(n_head <= HEAD_MAX);
        memcpy(filter, head, n_head * sizeof(*head));
        memcpy(filter + n_head, judge_frame, sizeof(judge_frame));
        memcpy(filter + n_head + ELEMENTSOF(judge_frame), tail, sizeof(tail));

        return socket_replace_filter(fd, filter,
                                     n_head + ELEMENTSOF(judge_frame) + ELEMENTSOF(tail));
}

int clear_text_filter_attach(int fd) {
        /* The driver shows its socket the packet from the GRE header on. */
        const struct sock_filter head[] = { BPF_STMT(BPF_LDX | BPF_W | BPF_IMM, 0) };

        return attach(fd, head, ELEMENTSOF(head), UINT32_MAX, 0);
}

int clear_text_filter_attach_to_packets(int fd, struct in_addr server, uint16_t call_id) {
        const struct sock_filter head[] = {
                LOAD_BYTE(9), /* IPv4: protocol */
                SKIP(BPF_JEQ, IPPROTO_GRE, 1, 0),
                RETURN(0),
                LOAD_WORD(12), /* source */
                SKIP(BPF_JEQ, be32toh(server.s_addr), 1, 0),
                RETURN(0),
                LOAD_HALF(6), /* fragment offset: the first fragment has the header */
                SKIP(BPF_JSET, 0x1fff, 0, 1),
                RETURN(0),
                BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* the header's length */
                LOAD_HALF_AT_X(2),                      /* GRE: protocol type */
                SKIP(BPF_JEQ, GRE_PROTOCOL_PPP, 1, 0),
                RETURN(0),
                LOAD_HALF_AT_X(6), /* the key's half with the call id */
                SKIP(BPF_JEQ, call_id, 1, 0),
                RETURN(0),
        };

        return attach(fd, head, ELEMENTSOF(head), 0, SNAP_BYTES);
}
