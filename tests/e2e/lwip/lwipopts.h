// The options of lwIP for lwip_own_device: those of Debian's liblwip, and the lines that it leaves out.
#pragma once

#include_next <lwipopts.h>

#define PPP_SUPPORT 1
#define PPPOS_SUPPORT 1
#define PPPOE_SUPPORT 0
#define PPPOL2TP_SUPPORT 0
#define PPP_IPV6_SUPPORT 1
#define VJ_SUPPORT 1
#define CHAP_SUPPORT 1
#define PAP_SUPPORT 1
#undef LWIP_DNS
#define LWIP_DNS 1
#define SLIP_USE_RX_THREAD 1
// Its default is made from TCP_MSS, which is that of <netinet/tcp.h> in some files.
#define PBUF_POOL_BUFSIZE 1536
