#include "app/berth/program.hpp"

#include <iostream>
#include <string>
#include <vector>

int main(int argc, char** argv) {
  std::ios::sync_with_stdio(false);
  std::vector<std::string> words{argv + std::min(argc, 1), argv + argc};
  auto code = berth::cli::run_program(words, std::cout, std::cerr);
  std::cout.flush();
  return code == 0 && !std::cout ? 1 : code;
}
