// Why a process does not answer, or says no.
#pragma once

#include <cstdint>
#include <string>

namespace serialtcp::control {

struct Failure {
  enum class Kind : std::uint8_t {
    nobody,         ///< no process listens there: it has ended
    no_permission,  ///< the process is another user's
    no_answer,      ///< it does not answer, or not so that it could be understood
    refused,        ///< it says no
  };
  Kind kind = Kind::no_answer;
  std::string text;  ///< a sentence
};

}  // namespace serialtcp::control
