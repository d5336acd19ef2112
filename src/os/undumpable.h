// Keys in memory stay out of core dumps and other processes' debuggers.
#pragma once

namespace serialtcp::io {

/// Keeps the memory of the whole process out of core dumps, and away from the debuggers of other processes of
/// the same user, for as long as it lives.
class Undumpable {
 public:
  Undumpable();
  ~Undumpable();
  Undumpable(const Undumpable&) = delete;
  Undumpable& operator=(const Undumpable&) = delete;

 private:
  int before_;
};

}  // namespace serialtcp::io
