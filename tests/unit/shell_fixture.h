// Common parts of tests of the shell: loop_fixture, and a pty.
#pragma once

#include <fcntl.h>
#include <pty.h>
#include <unistd.h>

#include <array>
#include <string>

#include "loop_fixture.h"

namespace serialtcp::io {

/// A pty: its slave has a path, like a serial port; its master is the other end of the cable.
class Pty {
 public:
  Pty() {
    std::array<char, 128> name{};
    int slave = -1;
    if (::openpty(&master_, &slave, name.data(), nullptr, nullptr) != 0) ADD_FAILURE() << "openpty failed";
    ::close(slave);
    path_ = name.data();
    ::fcntl(master_, F_SETFL, O_NONBLOCK);
  }
  ~Pty() { unplug(); }
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  int master() const { return master_; }
  const std::string& path() const { return path_; }
  void unplug() {
    if (master_ >= 0) ::close(master_);
    master_ = -1;
  }

 private:
  int master_ = -1;
  std::string path_;
};

}  // namespace serialtcp::io
