// SERIALTCP_ISAL: see the option of this name in CMakeLists.txt.
#include "wire/crc.h"

#ifdef SERIALTCP_ISAL
#include <isa-l/crc.h>
#include <isa-l/crc64.h>
#else
#include "wire/crc_tables.h"
#endif

namespace serialtcp::wire {

#ifdef SERIALTCP_ISAL

std::uint32_t crc32c_update(std::uint32_t state, ByteView bytes) {
  // The library's parameter is not const, but it is only read.
  return crc32_iscsi(const_cast<Byte*>(bytes.data()), static_cast<int>(bytes.size()), state);
}

std::uint64_t crc64_update(std::uint64_t state, ByteView bytes) {
  return crc64_jones_refl(state, bytes.data(), bytes.size());
}

#else

std::uint32_t crc32c_update(std::uint32_t state, ByteView bytes) {
  return crc32c_by_table(state, bytes);
}

std::uint64_t crc64_update(std::uint64_t state, ByteView bytes) {
  return crc64_by_table(state, bytes);
}

#endif

}  // namespace serialtcp::wire
