// What is typed at a console of Windows, as bytes: UTF-8, and for the keys that have no character what terminals send.
#pragma once

#include <span>
#include <string>

#include "os/windows.h"
#include "port/blocking_handle_windows.h"

namespace serialtcp::io {

/// Turns events of a console into bytes.
class TypedText {
 public:
  std::string of(std::span<const INPUT_RECORD> events);

 private:
  void take(const KEY_EVENT_RECORD& key, std::string& into);

  wchar_t first_half_ = 0;  ///< of a pair of surrogates
};

/// Of a handle for the input of a console.
BlockingHandle::Move keys_of(HANDLE console);

}  // namespace serialtcp::io
