// Lifetime makes the handlers of an object harmless once the object is destroyed. Cancelling a timer or
// closing a socket is not enough: a handler that is already due still runs, and a post cannot be cancelled at
// all. A handler that captures `this` must therefore go through guard(); tests/checks/handlers.py enforces
// this. A handler that holds its object by a shared pointer needs no guard, but must check whether the object
// was abandoned.
#pragma once

#include <memory>
#include <utility>

namespace serialtcp::io {

/// Must be the last member, so that it is destroyed first.
class Lifetime {
 public:
  Lifetime() = default;
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  /// The same handler, which does nothing once this object is destroyed.
  template <typename Handler>
  auto guard(Handler handler) const {
    return [alive = std::weak_ptr<const char>(alive_),
            handler = std::move(handler)](auto&&... arguments) mutable {
      if (!alive.expired()) handler(std::forward<decltype(arguments)>(arguments)...);
    };
  }

 private:
  std::shared_ptr<const char> alive_ = std::make_shared<const char>();
};

}  // namespace serialtcp::io
