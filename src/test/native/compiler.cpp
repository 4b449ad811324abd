// A libnvrtc.so.13 for tests without a card: compiles kernels with g++ for the driver of driver.cpp. What it makes, the
// "machine code", is the path of a shared library. Libraries are kept in a folder of WHOLECART_STAND_IN and used again.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <regex>
#include <set>
#include <sstream>
#include <string>

namespace {

struct Program {
    std::string source, log, image;
};

std::string output(const std::string &command, int &status) {
    std::string text;
    FILE *pipe = popen((command + " 2>&1").c_str(), "r");
    char buffer[4096];
    for (size_t n; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
        text.append(buffer, n);
    }
    status = pclose(pipe);
    return text;
}

} // namespace

extern "C" {

int nvrtcVersion(int *major, int *minor) { return *major = 13, *minor = 0, 0; }
int nvrtcGetNumSupportedArchs(int *count) { return *count = 2, 0; }
int nvrtcGetSupportedArchs(int *all) { return all[0] = 75, all[1] = 90, 0; }
const char *nvrtcGetErrorString(int) { return "stand-in compiler failed"; }

int nvrtcCreateProgram(void **program, const char *source, const char *, int, const char *const *, const char *const *) {
    *program = new Program{source, "", ""};
    return 0;
}
int nvrtcDestroyProgram(void **program) { return delete (Program *) *program, *program = nullptr, 0; }

int nvrtcCompileProgram(void *p, int count, const char *const *options) {
    auto *program = (Program *) p;
    std::string flags = "-std=c++17 -O2 -fPIC -shared -U_FORTIFY_SOURCE -w";
    bool known = false;
    for (int i = 0; i < count; i++) {
        std::string option = options[i];
        // To be quick, numbers of factors share one library where they are not known; multiples of 64 have their own.
        if (option.rfind("-DFACTORS=", 0) == 0) {
            known = std::stoi(option.substr(10)) % 64 == 0;
        }
    }
    for (int i = 0; i < count; i++) {
        std::string option = options[i];
        bool ofFactors = option.rfind("-DFACTORS=", 0) == 0 || option.rfind("-DPITCH=", 0) == 0;
        if (option.rfind("-D", 0) == 0 && (known || !ofFactors)) {
            flags += " " + option;
        }
    }
    std::string folder = getenv("WHOLECART_STAND_IN");
    std::stringstream language;
    language << std::ifstream(folder + "/language.h").rdbuf();
    std::string base = folder + "/kernels-" + std::to_string(std::hash<std::string>{}(program->source + flags + language.str()));
    program->image = base + ".so";
    if (std::ifstream(program->image).good()) {
        return 0;
    }
    std::ofstream(base + ".cu") << program->source;
    int status = 0;
    std::string text = output("g++ -x c++ -E -P " + flags + " -D__global__=KERNEL '-D__launch_bounds__(n)=' " + base + ".cu", status);
    if (status == 0) {
        std::ofstream file(base + ".cpp");
        file << "#include \"" << folder << "/language.h\"\n" << program->source << "\n";
        std::set<std::string> names;
        std::regex kernel("KERNEL\\s+void\\s+(\\w+)\\s*\\(");
        for (std::sregex_iterator at(text.begin(), text.end(), kernel), end; at != end; ++at) {
            std::string name = (*at)[1];
            if (names.insert(name).second) {
                file << "extern \"C\" { card::Entry entry_" << name << " = card::entry(" << name << "); }\n";
            }
        }
        file.close();
        text = output("g++ " + flags + " -o " + base + ".part " + base + ".cpp && mv " + base + ".part " + program->image, status);
    }
    program->log = text;
    return status == 0 ? 0 : 6;
}

int nvrtcGetProgramLogSize(void *program, size_t *size) { return *size = ((Program *) program)->log.size() + 1, 0; }
int nvrtcGetProgramLog(void *program, char *log) { return strcpy(log, ((Program *) program)->log.c_str()), 0; }
int nvrtcGetCUBINSize(void *program, size_t *size) { return *size = ((Program *) program)->image.size() + 1, 0; }
int nvrtcGetCUBIN(void *program, char *image) { return strcpy(image, ((Program *) program)->image.c_str()), 0; }
int nvrtcGetPTXSize(void *program, size_t *size) { return nvrtcGetCUBINSize(program, size); }
int nvrtcGetPTX(void *program, char *image) { return nvrtcGetCUBIN(program, image); }

} // extern "C"
