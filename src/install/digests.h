// Check values as the tools of boards print them, to compare what has arrived there: cksum (POSIX), md5sum (RFC 1321),
// sha256sum (FIPS 180-4). They find damage; they do not protect against anybody.
#pragma once

#include <string>

#include "serialtcp/bytes.h"

namespace serialtcp::install {

/// "4294967295 0": the CRC and the length, as cksum(1) prints them.
std::string cksum_of(ByteView bytes);
/// 32 hexadecimal digits.
std::string md5_of(ByteView bytes);
/// 64 hexadecimal digits.
std::string sha256_of(ByteView bytes);

}  // namespace serialtcp::install
