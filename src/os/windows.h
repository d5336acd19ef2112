// Windows' own headers, all that Asio includes, too. CMake has every file of the shell begin with this one: their macros near, far
// and small would break names of ours, and FAR is what they themselves make of far.
#pragma once

#include <winsock2.h>
#include <ws2tcpip.h>

#include <mswsock.h>
#include <windows.h>

#undef near
#undef far
#undef small
#undef FAR
#define FAR
