// From whatever the console shows to the prompt of a shell: waits, wakes it, logs in. Types nothing at what it does not
// recognise.
#pragma once

#include <cstdint>

#include "install/talk.h"
#include "install/task.h"
#include "install/wish.h"

namespace serialtcp::install {

struct Reached {
  enum class What : std::uint8_t { shell, serialtcp } what = What::shell;
  bool logged_in = false;  ///< by this
};

/// What is to be undone if it is given up.
enum class Login : std::uint8_t {
  nothing,
  waits_for_password  ///< of the user that was typed
};

/// `password` is that of a file; otherwise it is asked for when it is needed. All outlive the task. Throws Failure.
Task<Reached> reach_shell(Talk& talk, const Wish& wish, const std::optional<std::string>& password,
                          Login& login);

}  // namespace serialtcp::install
