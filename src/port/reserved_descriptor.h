// ReservedDescriptor: keeps a descriptor's place in the table of the process while a line is away, so that connections cannot
// take it. Where a process has no such table, there is nothing to keep.
#pragma once

namespace serialtcp::io {

class ReservedDescriptor {
 public:
  ReservedDescriptor() = default;
  ~ReservedDescriptor() { release(); }
  ReservedDescriptor(const ReservedDescriptor&) = delete;
  ReservedDescriptor& operator=(const ReservedDescriptor&) = delete;

  void hold();
  void release();

 private:
  int held_ = -1;  ///< the place
};

}  // namespace serialtcp::io
