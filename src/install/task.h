// Task: a dialogue that is written as one text and waits in between (a coroutine). It begins when it is awaited or
// started, and goes on in whoever wakes it: no thread, no loop of its own.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

namespace serialtcp::install {

namespace detail {

struct Promise {
  struct Final {
    bool await_ready() const noexcept { return false; }
    template <typename P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> ended) const noexcept {
      const auto waiting = ended.promise().next;
      return waiting ? waiting : std::noop_coroutine();
    }
    void await_resume() const noexcept {}
  };

  std::suspend_always initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { error = std::current_exception(); }

  std::coroutine_handle<> next;  ///< who waits for it
  std::exception_ptr error;
};

template <typename T>
struct ValuePromise : Promise {
  template <typename U>
  void return_value(U&& given) {
    value.emplace(std::forward<U>(given));
  }
  T result() { return std::move(*value); }
  std::optional<T> value;
};

template <>
struct ValuePromise<void> : Promise {
  void return_void() const noexcept {}
  void result() const noexcept {}
};

}  // namespace detail

/// Owns the coroutine. What it throws is thrown where it is awaited, or by result().
template <typename T = void>
class [[nodiscard]] Task {
 public:
  struct promise_type : detail::ValuePromise<T> {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task(const Task&) = delete;
  Task& operator=(const Task&) = delete;
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  /// Runs it until it waits for the first time.
  void start() { handle_.resume(); }
  bool done() const { return handle_.done(); }
  T result() {
    if (handle_.promise().error) std::rethrow_exception(handle_.promise().error);
    return handle_.promise().result();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiting) noexcept {
    handle_.promise().next = waiting;
    return handle_;
  }
  T await_resume() { return result(); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

}  // namespace serialtcp::install
