/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

/*
 * PPP control packets (RFC 1661 and the protocols on top of it) as pppd sees them: parsed as far
 * as a diagnosis needs, and in words for the debug log. Nothing here negotiates.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Assigned PPP protocol numbers that we name. */
typedef enum PppProtocol {
        PPP_PROTO_IP = 0x0021,
        PPP_PROTO_IPV6 = 0x0057,
        PPP_PROTO_COMPRESSED = 0x00fd, /* RFC 1962: where MPPE's data goes */
        PPP_PROTO_IPCP = 0x8021,
        PPP_PROTO_ECP = 0x8053,
        PPP_PROTO_IPV6CP = 0x8057,
        PPP_PROTO_CCP = 0x80fd,
        PPP_PROTO_LCP = 0xc021,
        PPP_PROTO_PAP = 0xc023,
        PPP_PROTO_CBCP = 0xc029, /* Windows' callback */
        PPP_PROTO_CHAP = 0xc223,
        PPP_PROTO_EAP = 0xc227,
} PppProtocol;

/* Codes of LCP and the NCPs: RFC 1661, section 5; 14 and 15 are CCP's, RFC 1962, section 4. */
typedef enum PppCode {
        PPP_CODE_CONFIGURE_REQUEST = 1,
        PPP_CODE_CONFIGURE_ACK = 2,
        PPP_CODE_CONFIGURE_NAK = 3,
        PPP_CODE_CONFIGURE_REJECT = 4,
        PPP_CODE_TERMINATE_REQUEST = 5,
        PPP_CODE_TERMINATE_ACK = 6,
        PPP_CODE_CODE_REJECT = 7,
        PPP_CODE_PROTOCOL_REJECT = 8,
        PPP_CODE_ECHO_REQUEST = 9,
        PPP_CODE_ECHO_REPLY = 10,
        PPP_CODE_DISCARD_REQUEST = 11,
        PPP_CODE_IDENTIFICATION = 12, /* RFC 1570, section 2 */
        PPP_CODE_TIME_REMAINING = 13,
        PPP_CODE_RESET_REQUEST = 14,
        PPP_CODE_RESET_ACK = 15,
} PppCode;

/* CHAP codes, RFC 1994, section 4. */
enum {
        PPP_CHAP_CHALLENGE = 1,
        PPP_CHAP_RESPONSE = 2,
        PPP_CHAP_SUCCESS = 3,
        PPP_CHAP_FAILURE = 4,
};

/* PAP codes, RFC 1334, section 2.2. */
enum {
        PPP_PAP_AUTHENTICATE_REQUEST = 1,
        PPP_PAP_AUTHENTICATE_ACK = 2,
        PPP_PAP_AUTHENTICATE_NAK = 3,
};

/* EAP codes, and the types that have a text: RFC 3748, sections 4 and 5. */
enum {
        PPP_EAP_REQUEST = 1,
        PPP_EAP_RESPONSE = 2,
        PPP_EAP_SUCCESS = 3,
        PPP_EAP_FAILURE = 4,

        PPP_EAP_TYPE_IDENTITY = 1,
        PPP_EAP_TYPE_NOTIFICATION = 2,
        PPP_EAP_TYPE_NAK = 3,
        PPP_EAP_TYPE_MD5 = 4,
        PPP_EAP_TYPE_TLS = 13,
        PPP_EAP_TYPE_PEAP = 25,
        PPP_EAP_TYPE_MSCHAPV2 = 26,
};

/* Algorithms of CHAP in LCP's authentication option: RFC 1994, RFC 2433 and RFC 2759. */
enum {
        PPP_CHAP_MD5 = 0x05,
        PPP_CHAP_MS = 0x80,
        PPP_CHAP_MS_V2 = 0x81,
};

/* Option types: RFC 1661, 1570, 1717, 1990, 1989; RFC 1962 and below; RFC 1332, 1877; RFC 5072. */
enum {
        PPP_LCP_OPTION_MRU = 1,
        PPP_LCP_OPTION_ACCM = 2,
        PPP_LCP_OPTION_AUTH = 3,
        PPP_LCP_OPTION_QUALITY = 4,
        PPP_LCP_OPTION_MAGIC = 5,
        PPP_LCP_OPTION_PFC = 7,
        PPP_LCP_OPTION_ACFC = 8,
        PPP_LCP_OPTION_CALLBACK = 13,
        PPP_LCP_OPTION_MRRU = 17,
        PPP_LCP_OPTION_SHORT_SEQUENCE = 18,
        PPP_LCP_OPTION_ENDPOINT = 19,
        PPP_CCP_OPTION_PREDICTOR_1 = 1,
        PPP_CCP_OPTION_PREDICTOR_2 = 2,
        PPP_CCP_OPTION_MPPE = 18, /* RFC 3078, section 2 */
        PPP_CCP_OPTION_BSD = 21,
        PPP_CCP_OPTION_DEFLATE = 26,
        PPP_IPCP_OPTION_VJ = 2,
        PPP_IPCP_OPTION_ADDRESS = 3,
        PPP_IPCP_OPTION_DNS1 = 129, /* RFC 1877 */
        PPP_IPCP_OPTION_WINS1 = 130,
        PPP_IPCP_OPTION_DNS2 = 131,
        PPP_IPCP_OPTION_WINS2 = 132,
        PPP_IPV6CP_OPTION_INTERFACE_ID = 1,
};

/* The envelope of one control packet; data borrows from the frame and excludes link padding. */
typedef struct PppPacket {
        uint16_t protocol;
        uint8_t code;
        uint8_t id;
        const uint8_t *data;
        size_t n_data;
} PppPacket;

/* An option of a Configure-* packet (RFC 1661, section 6), without its header; borrowed. */
typedef struct PppOption {
        uint8_t type;
        const uint8_t *data;
        size_t n_data;
} PppOption;

/* The options that are still to come. */
typedef struct PppOptionIterator {
        const uint8_t *data;
        size_t n_data;
} PppOptionIterator;

enum {
        PPP_PACKET_E_SHORT = 1, /* cut off, or a length field beyond the frame */
        PPP_PACKET_E_PROTOCOL,  /* not a control protocol that we name */
};

/*
 * Parses the envelope (RFC 1661, section 5). The frame starts with the PPP protocol field; a
 * leading ff 03 (RFC 1662) is stepped over. Returns 0 or PPP_PACKET_E_*; ret_packet stays
 * untouched on failure.
 */
int ppp_packet_parse(const uint8_t *frame, size_t n_frame, PppPacket *ret_packet);

/*
 * Returns an iterator at the first option of a Configure-* packet, which it borrows. Any other
 * packet has no options.
 */
PppOptionIterator ppp_option_iterator(const PppPacket *packet);
/* Takes the next option. Returns false at the end, and at the first malformed option. */
bool ppp_option_next(PppOptionIterator *i, PppOption *ret_option);
/*
 * Reads the value of an option of 1, 2 or 4 bytes, in network byte order. Returns false, with
 * *ret_number untouched, for any other length.
 */
bool ppp_option_get_number(const PppOption *option, uint32_t *ret_number);

/*
 * Finds the first option of a type in a Configure-* packet, up to the first malformed one. Returns
 * false, with *ret_option untouched, if there is none.
 */
bool ppp_packet_find_option(const PppPacket *packet, uint8_t type, PppOption *ret_option);

/*
 * Reads the 32 MPPE bits (MPPE_BIT_*) of a CCP Configure-*. Returns false, with *ret_bits
 * untouched, if it has no well-formed MPPE option.
 */
bool ppp_packet_get_mppe(const PppPacket *packet, uint32_t *ret_bits);

/*
 * Reads the protocol that a Protocol-Reject of LCP (RFC 1661, section 5.7) is about. Returns false,
 * with *ret_protocol untouched, if the packet is none, or is too short to say.
 */
bool ppp_packet_get_rejected(const PppPacket *packet, uint16_t *ret_protocol);

/*
 * Reads the RAS error number that Windows hides in a Terminate-Request of LCP, and of the NCPs: the
 * sender's magic number, 00 3c cd 74, error (32 bit). Returns false, with *ret_error untouched, if
 * the packet has not that form.
 */
bool ppp_packet_get_ras_error(const PppPacket *packet, uint32_t *ret_error);

/*
 * Reads an MS-CHAP Failure (RFC 2433, section 4; RFC 2759, section 6): "E=691 R=0 C=... V=3
 * M=text". The message is escaped for print, cut to n_message bytes with its NUL, and empty if
 * there is none; retry is false unless R=1 says so. Returns false, with nothing touched, if the
 * packet is no CHAP Failure or has no E=.
 */
bool ppp_packet_get_chap_failure(const PppPacket *packet, unsigned *ret_error, bool *ret_retry,
                                 char *message, size_t n_message);

/* Returns a protocol's name, "LCP", or NULL for one that PppProtocol does not have. */
const char *ppp_protocol_name(uint16_t protocol);
/* Returns a code's name as pppd writes it, "ConfReq", or NULL for a code that it does not know. */
const char *ppp_code_name(uint16_t protocol, uint8_t code);

/* Room for ppp_packet_describe() of all but the oddest packet. */
#define PPP_DESCRIPTION_MAX_BYTES 1024

/*
 * Writes one line as pppd's debug option prints it, so that a search for it finds twenty years of
 * archives: `sent [CCP ConfReq id=0x1 <mppe +H -M +S -L -D -C>]`. Always NUL-terminated, whatever
 * the bytes are; text is escaped, bytes of unknown meaning are hex, cut with three dots.
 *
 * Nothing in it serves to log in or to guess the password offline: PAP passwords, the responses of
 * CHAP and EAP, malformed packets of these protocols and rejected copies of them are "<hidden>".
 */
void ppp_packet_describe(bool sent, const uint8_t *frame, size_t n_frame, char *buffer,
                         size_t n_buffer);

/*
 * Whether a frame that begins with its protocol field is of a control protocol (RFC 1661, section
 * 2), whole or not, and no data, be they encrypted or not.
 */
bool ppp_frame_is_control(const uint8_t *frame, size_t n_frame);

/*
 * Overwrites with zeros what ppp_packet_describe() hides, in a frame that begins with its protocol
 * field; and in a Protocol-Reject a copy of data. Lengths stay as they are, so that the packet can
 * still be read. Returns how many bytes were overwritten.
 */
size_t ppp_packet_redact(uint8_t *frame, size_t n_frame);

/* Whether the packets of a protocol serve to log in: PAP, CHAP, EAP. */
bool ppp_protocol_authenticates(uint16_t protocol);

/* Writes `+H -M +S -L -D -C` (RFC 3078 bits) into the buffer of at least 24 bytes. */
void ppp_mppe_describe(uint32_t bits, char *buffer, size_t n_buffer);
