// WindowsChild: a ChildProcess in a job object. Its standard input and output are pipes; this class carries their bytes from and to
// a socket, since a program need not be able to use one.
//
//   running --exits--> ended                        what it has written is still read
//      | cancel()
//      v
//   its input has ended --kPatience--> the job is terminated
#pragma once

#include <array>
#include <boost/asio/windows/object_handle.hpp>
#include <boost/asio/windows/stream_handle.hpp>
#include <functional>
#include <memory>
#include <string>

#include "net/child_process.h"
#include "net/program_start_windows.h"
#include "net/said_lines.h"

namespace serialtcp::io {

class WindowsChild final : public ChildProcess, public std::enable_shared_from_this<WindowsChild> {
 public:
  WindowsChild(asio::io_context& context, Reports reports, LeftBehind left_behind);

  std::expected<StreamSocket, int> start(const std::string& command, int buffer) override;
  bool running() const override { return running_; }
  void cancel() override;
  void give_up(Delivered delivered) override;
  void forget() override;
  void kill_now() override;

 private:
  using Pipe = asio::windows::stream_handle;
  static constexpr std::size_t kAtOnce = 4096;

  void watch_exit();
  void ended();
  void read_socket();
  void write_input(std::size_t count);
  void end_input();
  void read_output();
  void write_output(std::size_t count);
  void end_output();
  void read_error_output();
  void end_error_output();
  bool is_drained(Pipe& pipe) const;
  void report_end();

  asio::io_context& context_;
  std::function<void(int status)> ended_;
  SaidLines said_;
  LeftBehind left_behind_;
  OwnedHandle job_;
  bool running_ = false;
  bool asked_to_end_ = false;
  int status_ = 0;
  asio::windows::object_handle process_;
  Pipe input_;
  Pipe output_;
  Pipe error_output_;
  StreamSocket socket_;  ///< the other end of the one that start() has returned
  std::array<char, kAtOnce> from_socket_;
  std::array<char, kAtOnce> from_program_;
  std::array<char, kAtOnce> said_text_;
  asio::steady_timer timer_;
};

}  // namespace serialtcp::io
