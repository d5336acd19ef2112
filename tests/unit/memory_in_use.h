// The memory that the process has allocated and not freed.
#pragma once

#include <cstddef>
#if __has_include(<malloc.h>)
#include <malloc.h>
#endif

namespace serialtcp::test {

/// Bytes; 0 where they are not counted, as with the sanitizers.
inline std::size_t memory_in_use() {
#if defined(SERIALTCP_SANITIZED) || !defined(__GLIBC__)
  return 0;
#else
  return mallinfo2().uordblks;
#endif
}

}  // namespace serialtcp::test
