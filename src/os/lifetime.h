// Lifetime: makes the handlers of an object harmless once the object is gone. To cancel a timer or to close a
// socket is not enough: a handler that is due already still runs, and a post cannot be cancelled at all. So a
// handler that captures `this` goes through guard(); tests/checks/handlers.py enforces it. One that holds its
// object by a shared pointer needs no guard, but must look whether the object has been abandoned.
#pragma once

#include <memory>
#include <utility>

namespace serialtcp::io {

/// Make it the last member, so that it goes first.
class Lifetime {
 public:
  Lifetime() = default;
  Lifetime(const Lifetime&) = delete;
  Lifetime& operator=(const Lifetime&) = delete;

  /// The same handler, which does nothing once this is gone.
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
