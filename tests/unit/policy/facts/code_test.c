/* The part CODE: calls by whatever name and spelling, the shell commands that they run, and nothing in what only looks
 * like code. */
#include "tests/unit/policy/facts/part.h"

#define PY   "python_exec"
#define JS   "run_javascript"
#define PERL "perl"
#define RUBY "ruby_eval"
#define PHP  "php_exec"
#define ANY  "run_code"

/* Code that runs the command: each must show the call and the command. */
static const struct evasion {
    const char *name; /* the code itself */
    const char *tool, *call, *command;
} evasions[] = {
#define X(code, tool, call)                 \
    {                                       \
        (code), (tool), (call), "rm -rf /x" \
    }
    /* Python: names */
    X("import os; os.system('rm -rf /x')", PY, "os.system"),
    X("import os as o\no.system('rm -rf /x')", PY, "os.system"),
    X("import os.path, os as o, sys\no.popen('rm -rf /x').read()", PY, "os.popen"),
    X("from os import system\nsystem('rm -rf /x')", PY, "os.system"),
    X("from os import path, system as s\ns('rm -rf /x')", PY, "os.system"),
    X("from os import (\n  path,\n  system as s,\n)\ns('rm -rf /x')", PY, "os.system"),
    X("from os import *\nsystem('rm -rf /x')", PY, "os.system"),
    X("from posix import system as s\ns('rm -rf /x')", PY, "posix.system"),
    X("os . system ( 'rm -rf /x' )", PY, "os.system"),
    X("(os\n .system)('rm -rf /x')", PY, "os.system"),
    X("f = os.system\nf('rm -rf /x')", PY, "os.system"),
    X("f = g = os.system; f('rm -rf /x')", PY, "os.system"),
    X("a, f = 1, os.system\nf('rm -rf /x')", PY, "os.system"),
    X("f: object = os.system\nf('rm -rf /x')", PY, "os.system"),
    X("(f := os.system)('rm -rf /x')", PY, "os.system"),
    X("class A: pass\nA.f = os.system\nA.f('rm -rf /x')", PY, "os.system"),
    X("f = os.system\nif 0: f = print\nf('rm -rf /x')", PY, "os.system"),
    X("__import__('os').system('rm -rf /x')", PY, "os.system"),
    X("__import__('o' 's').system('rm -rf /x')", PY, "os.system"),
    X("__import__('so'[::-1]).system('rm -rf /x')", PY, "os.system"),
    X("import importlib\nimportlib.import_module('os').system('rm -rf /x')", PY, "os.system"),
    X("m = __import__('os'); m.system('rm -rf /x')", PY, "os.system"),
    X("getattr(os, 'sys'+'tem')('rm -rf /x')", PY, "os.system"),
    X("getattr(__import__('os'), 'system')('rm -rf /x')", PY, "os.system"),
    X("n = 'system'; getattr(os, n)('rm -rf /x')", PY, "os.system"),
    X("getattr(os, ''.join(['sys', 'tem']))('rm -rf /x')", PY, "os.system"),
    X("getattr(os, 'metsys'[::-1])('rm -rf /x')", PY, "os.system"),
    X("os.__dict__['system']('rm -rf /x')", PY, "os.system"),
    X("vars(os)['system']('rm -rf /x')", PY, "os.system"),
    X("globals()['os'].system('rm -rf /x')", PY, "os.system"),
    X("globals()['__builtins__']['eval'](\"os.system('rm -rf /x')\")", PY, "os.system"),
    X("__builtins__.__dict__['__import__']('os').system('rm -rf /x')", PY, "os.system"),
    X("os.__getattribute__('system')('rm -rf /x')", PY, "os.system"),
    X("import sys\nsys.modules['os'].system('rm -rf /x')", PY, "os.system"),
    X("().__class__.__base__.__subclasses__()[9].__init__.__globals__['os'].system('rm -rf /x')", PY, "os.system"),
    X("import platform\nplatform.os.system('rm -rf /x')", PY, "os.system"),
    X("import random\nrandom._os.system('rm -rf /x')", PY, "os.system"),
    X("from os import path\npath.os.system('rm -rf /x')", PY, "os.system"),
    X("import logging\nlogging.os.popen('rm -rf /x')", PY, "os.popen"),
    X("os.system.__call__('rm -rf /x')", PY, "os.system"),
    X("type(os.system).__call__(os.system, 'rm -rf /x')", PY, "os.system"),
    X("import os\n\U0001d428\U0001d42c.\U0001d42c\U0001d432\U0001d42c\U0001d42d\U0001d41e\U0001d426('rm -rf /x')", PY,
      "os.system"),
    X("import os\nos.\u017fystem('rm -rf /x')", PY, "os.system"),
    X("import ctypes\nctypes.CDLL(None).system(b'rm -rf /x')", PY, "ctypes.CDLL.system"),
    X("from ctypes import *\ncdll.LoadLibrary('libc.so.6').system(b'rm -rf /x')", PY, "cdll.LoadLibrary.system"),
    X("list(map(os.system, ['rm -rf /x']))", PY, "os.system"),
    X("import threading\nthreading.Thread(target=os.system, args=('rm -rf /x',)).start()", PY, "os.system"),
    X("import functools\nfunctools.partial(os.system, 'rm -rf /x')()", PY, "os.system"),
    X("[f('rm -rf /x') for f in [os.system]]; x = os.system('rm -rf /x')", PY, "os.system"),
    X("lambda: os.system('rm -rf /x')", PY, "os.system"),
    X("(lambda: os.system('rm -rf /x'))()", PY, "os.system"),
    X("(lambda: (lambda: os.system('rm -rf /x'))())()", PY, "os.system"),
    X("sorted(['rm -rf /x'], key=os.system)", PY, "os.system"),
    X("max(['rm -rf /x'], key=os.system)", PY, "os.system"),
    X("(lambda c, f: f(c))('rm -rf /x', os.system)", PY, "os.system"),
    X("def run(f, c):\n    f(c)\nrun(os.system, 'rm -rf /x')", PY, "os.system"),
    X("(0 or os.system)('rm -rf /x')", PY, "os.system"),
    X("('' or os.system)('rm -rf /x')", PY, "os.system"),
    X("operator.methodcaller('system', 'rm -rf /x')(os)", PY, "os.system"),
    X("from operator import methodcaller as m\nm('system', 'rm -rf /x')(__import__('os'))", PY, "os.system"),
    X("def f(x=os.system('rm -rf /x')): pass", PY, "os.system"),
    X("@os.system('rm -rf /x')\ndef f(): pass", PY, "os.system"),
    X("x = 1 if os.system('rm -rf /x') else 2", PY, "os.system"),
    X("print(f\"{os.system('rm -rf /x')}\")", PY, "os.system"),
    X("d = {'a': os.system('rm -rf /x')}", PY, "os.system"),
    X("x = 5 // 1; os.system('rm -rf /x')", PY, "os.system"),
    X("os.\\\nsystem('rm -rf /x')", PY, "os.system"),
    /* Python: texts */
    X("os.system('rm ' + '-rf' + ' /x')", PY, "os.system"),
    X("os.system('rm ' '-rf /x')", PY, "os.system"),
    X("os.system('''rm -rf /x''')", PY, "os.system"),
    X("os.system(b'rm -rf /x')", PY, "os.system"),
    X("os.system('\\x72\\155 -\\u0072f /x')", PY, "os.system"),
    X("a = 'rm'; os.system(f'{a} -rf /x')", PY, "os.system"),
    X("a = 'rm'; os.system('%s -rf %s' % (a, '/x'))", PY, "os.system"),
    X("os.system('{} -rf {}'.format('rm', '/x'))", PY, "os.system"),
    X("c = 'rm'; c += ' -rf'; c += ' /x'; os.system(c)", PY, "os.system"),
    X("c: str = 'rm -rf /x'\nos.system(c)", PY, "os.system"),
    X("os.system(' '.join(['rm', '-rf', '/x']))", PY, "os.system"),
    X("os.system(chr(114)+chr(0x6d)+' -rf /x')", PY, "os.system"),
    X("os.system(''.join(map(chr, [114, 109])) + ' -rf /x')", PY, "os.system"),
    X("os.system(''.join(chr(c) for c in [114, 109]) + ' -rf /x')", PY, "os.system"),
    X("os.system(bytes([114, 109]).decode() + ' -rf /x')", PY, "os.system"),
    X("os.system('qm -rf /x'.replace('q', 'r'))", PY, "os.system"),
    X("os.system('RM -RF /X'.lower())", PY, "os.system"),
    X("import base64 as b\nos.system(b.b64decode('cm0gLXJmIC94').decode())", PY, "os.system"),
    X("import codecs\nos.system(codecs.decode('ez -es /k', 'rot13'))", PY, "os.system"),
    X("os.system(bytes.fromhex('726d202d7266202f78').decode())", PY, "os.system"),
    /* Python: other ways to run a command */
    X("import subprocess\nsubprocess.run('rm -rf /x', shell=True)", PY, "subprocess.run"),
    X("import subprocess\nsubprocess.run(['rm', '-rf', '/x'])", PY, "subprocess.run"),
    X("import subprocess as s\ns.Popen(args=['rm'] + ['-rf', '/x']).wait()", PY, "subprocess.Popen"),
    X("import subprocess\nc = ['rm', '-rf']\nsubprocess.call(c + ['/x'])", PY, "subprocess.call"),
    X("import subprocess\nsubprocess.run('rm -rf /x'.split())", PY, "subprocess.run"),
    X("from subprocess import *\ncheck_output(('rm', '-rf', '/x'))", PY, "subprocess.check_output"),
    X("os.execl('/bin/rm', 'x', '-rf', '/x'); os.system('rm -rf /x')", PY, "os.execl"),
    X("os.execvp('rm', ['rm', '-rf', '/x'])", PY, "os.execvp"),
    X("os.spawnlp(os.P_WAIT, 'rm', 'rm', '-rf', '/x')", PY, "os.spawnlp"),
    X("import pty; pty.spawn(['rm', '-rf', '/x'])", PY, "pty.spawn"),
    X("import asyncio\nasyncio.run(asyncio.create_subprocess_exec('rm', '-rf', '/x'))", PY,
      "asyncio.create_subprocess_exec"),
    X("import subprocess\nsubprocess.run(['sh', '-c', 'rm -rf /x'])", PY, "subprocess.run"),
    X("os.system('sudo sh -c \"r\\'m\\' -rf /x\"')", PY, "os.system"),
    X("os.system('echo cm0gLXJmIC94 | base64 -d | sh')", PY, "os.system"),
    X("import pandas\n!rm -rf /x", PY, "get_ipython.system"),
    X("x = !rm -rf /x", PY, "get_ipython.system"),
    X("get_ipython().system('rm -rf /x')", PY, "get_ipython.system"),
    X("%%bash\nrm -rf /x", PY, "get_ipython.system"),
    /* Python: code in code */
    X("exec(\"import os; os.system('rm -rf /x')\")", PY, "os.system"),
    X("exec \"import os; os.system('rm -rf /x')\"", PY, "os.system"),
    X("eval(\"__import__('os').system('rm -rf /x')\")", PY, "os.system"),
    X("eval('os.system')('rm -rf /x')", PY, "os.system"),
    X("exec(compile(\"os.system('rm -rf /x')\", 'a', 'exec'))", PY, "os.system"),
    X("exec(compile(source=\"os.system('rm -rf /x')\", filename='', mode='exec'))", PY, "os.system"),
    X("c = compile(\"os.system('rm -rf /x')\", '', 'exec')\nexec(c)", PY, "os.system"),
    X("exec(compile(ast.parse(\"os.system('rm -rf /x')\"), '', 'exec'))", PY, "os.system"),
    X("import base64\nexec(base64.b64decode('b3Muc3lzdGVtKCdybSAtcmYgL3gnKQ=='))", PY, "os.system"),
    X("exec(bytes.fromhex('6f732e73797374656d2827726d202d7266202f782729').decode())", PY, "os.system"),
    X("exec(\"exec(\\\"os.system('rm -rf /x')\\\")\")", PY, "os.system"),
    X("os.system('python3 -c \"import os; os.system(\\'rm -rf /x\\')\"')", PY, "os.system"),
    /* JavaScript */
    X("require('child_process').exec('rm -rf /x')", JS, "child_process.exec"),
    X("require('node:child_process').execSync(`rm -rf /x`)", JS, "child_process.execSync"),
    X("const cp = require('child_process');\ncp.execSync('rm -rf /x');", JS, "child_process.execSync"),
    X("const { exec } = require('child_process'); exec('rm -rf /x', (e) => {})", JS, "child_process.exec"),
    X("const { exec: run, spawn } = require('child_process')\nrun('rm -rf /x')", JS, "child_process.exec"),
    X("import { exec as e } from 'child_process';\ne('rm -rf /x')", JS, "child_process.exec"),
    X("import * as cp from 'child_process'\ncp.exec('rm -rf /x')", JS, "child_process.exec"),
    X("import cp from 'node:child_process'\ncp.exec('rm -rf /x')", JS, "child_process.exec"),
    X("(await import('child_process')).exec('rm -rf /x')", JS, "child_process.exec"),
    X("require('child_process').spawn('rm', ['-rf', '/x'], { stdio: 'inherit' })", JS, "child_process.spawn"),
    X("require('child_' + 'process')['ex' + 'ec']('rm -rf /x')", JS, "child_process.exec"),
    X("const util = require('util'); const run = util.promisify(require('child_process').exec);\nawait run('rm -rf "
      "/x')",
      JS, "child_process.exec"),
    X("process.mainModule.require('child_process').execSync('rm -rf /x')", JS, "child_process.execSync"),
    X("const c = 'rm'; require('child_process').exec(`${c} -rf /x`)", JS, "child_process.exec"),
    X("eval(\"require('child_process').exec('rm -rf /x')\")", JS, "child_process.exec"),
    X("eval(atob('cmVxdWlyZSgnY2hpbGRfcHJvY2VzcycpLmV4ZWMoJ3JtIC1yZiAveCcp'))", JS, "child_process.exec"),
    X("require('child_process').exec(String.fromCharCode(114,109,32,45,114,102,32,47,120))", JS, "child_process.exec"),
    X("new Function(\"require('child_process').exec('rm -rf /x')\")()", JS, "child_process.exec"),
    X("[].constructor.constructor(\"require('child_process').exec('rm -rf /x')\")()", JS, "child_process.exec"),
    X("setTimeout(\"require('child_process').exec('rm -rf /x')\", 1)", JS, "child_process.exec"),
    X("const { exec } = require('child_process'); exec.call(null, 'rm -rf /x')", JS, "child_process.exec"),
    X("x = /['\"]/; require('child_process').exec('rm -rf /x')", JS, "child_process.exec"),
    X("`${require('child_process').exec('rm -rf /x')}`", JS, "child_process.exec"),
    X("require('child_process').exec(Buffer.from('cm0gLXJmIC94', 'base64').toString())", JS, "child_process.exec"),
    X("require('child_process').exec('x/ fr- mr'.split('').reverse().join(''))", JS, "child_process.exec"),
    /* Perl */
    X("system('rm -rf /x');", PERL, "system"),
    X("system 'rm', '-rf', '/x';", PERL, "system"),
    X("exec \"rm -rf /x\";", PERL, "exec"),
    X("my $c = 'rm'; system(\"$c -rf /x\");", PERL, "system"),
    X("my @c = ('rm', '-rf', '/x'); system(@c);", PERL, "system"),
    X("my $o = `rm -rf /x`;", PERL, "qx"),
    X("my $o = qx{rm -rf /x};", PERL, "qx"),
    X("print qx(rm -rf /x);", PERL, "qx"),
    X("open(F, 'rm -rf /x |');", PERL, "open"),
    X("open(my $f, '-|', 'rm', '-rf', '/x') or die;", PERL, "open"),
    X("open F, '| rm -rf /x';", PERL, "open"),
    X("eval \"system('rm -rf /x')\";", PERL, "system"),
    X("CORE::system('rm -rf /x')", PERL, "system"),
    X("use MIME::Base64; system(decode_base64('cm0gLXJmIC94'));", PERL, "system"),
    X("system('r' . 'm' . ' -rf /x')", PERL, "system"),
    X("system(qw(rm -rf /x))", PERL, "system"),
    X("system(pack('H*', '726d202d7266202f78'))", PERL, "system"),
    X("system(<<EOF);\nrm -rf /x\nEOF\n", PERL, "system"),
    X("print \"@{[system('rm -rf /x')]}\"", PERL, "system"),
    /* Ruby */
    X("system 'rm -rf /x'", RUBY, "system"),
    X("system('rm', '-rf', '/x')", RUBY, "system"),
    X("`rm -rf /x`", RUBY, "qx"),
    X("puts %x{rm -rf /x}", RUBY, "qx"),
    X("%x(rm -rf /x)", RUBY, "qx"),
    X("exec \"rm -rf /x\"", RUBY, "exec"),
    X("IO.popen('rm -rf /x').read", RUBY, "IO.popen"),
    X("IO.popen(['rm', '-rf', '/x'])", RUBY, "IO.popen"),
    X("require 'open3'\nOpen3.capture2('rm -rf /x')", RUBY, "Open3.capture2"),
    X("Kernel.system \"rm -rf /x\"", RUBY, "system"),
    X("Kernel.send(:system, 'rm -rf /x')", RUBY, "system"),
    X("send('sys' + 'tem', 'rm -rf /x')", RUBY, "system"),
    X("Object.const_get(:Kernel).system('rm -rf /x')", RUBY, "system"),
    X("method(:system).call('rm -rf /x')", RUBY, "system"),
    X("open('|rm -rf /x')", RUBY, "open"),
    X("c = 'rm'; system(\"#{c} -rf /x\")", RUBY, "system"),
    X("eval \"system('rm -rf /x')\"", RUBY, "system"),
    X("puts \"a #{`rm -rf /x`}\"", RUBY, "qx"),
    X("spawn(*%w[rm -rf /x])", RUBY, "spawn"),
    X("require 'base64'\nsystem(Base64.decode64('cm0gLXJmIC94'))", RUBY, "system"),
    X("system ['726d202d7266202f78'].pack('H*')", RUBY, "system"),
    /* PHP */
    X("<?php system('rm -rf /x'); ?>", PHP, "system"),
    X("shell_exec('rm -rf /x');", PHP, "shell_exec"),
    X("SYSTEM('rm -rf /x');", PHP, "system"),
    X("FFI::cdef('int system(char*);')->system('rm -rf /x');", PHP, "ffi.cdef.system"),
    X("<p><?= passthru(\"rm -rf /x\") ?></p>", PHP, "passthru"),
    X("$h = popen('rm -rf /x', 'r');", PHP, "popen"),
    X("proc_open('rm -rf /x', [], $p);", PHP, "proc_open"),
    X("echo `rm -rf /x`;", PHP, "shell_exec"),
    X("$f = 'sys' . 'tem'; $f('rm -rf /x');", PHP, "system"),
    X("('sys'.'tem')('rm -rf /x');", PHP, "system"),
    X("call_user_func('system', 'rm -rf /x');", PHP, "system"),
    X("array_map('system', ['rm -rf /x']);", PHP, "system"),
    X("@system('rm -rf /x');", PHP, "system"),
    X("\\system('rm -rf /x');", PHP, "system"),
    X("eval(base64_decode('c3lzdGVtKCdybSAtcmYgL3gnKTs='));", PHP, "system"),
    X("assert(\"system('rm -rf /x')\");", PHP, "system"),
    X("$c = 'rm'; exec(\"$c -rf /x\");", PHP, "exec"),
    X("system(str_rot13('ez -es /k'));", PHP, "system"),
    X("system(strrev('x/ fr- mr'));", PHP, "system"),
    X("pcntl_exec('rm', ['rm', '-rf', '/x']);", PHP, "pcntl_exec"),
    X("// a ?> <?php system('rm -rf /x');", PHP, "system"),
    /* the language is not said */
    X("import os\nos.system('rm -rf /x')", ANY, "os.system"),
    X("x = 1\nos.system('rm -rf /x')", ANY, "os.system"),
    X("x = 5 //1; os.system('rm -rf /x')", ANY, "os.system"),
    X("const cp = require('child_process')\ncp.exec('rm -rf /x')", ANY, "child_process.exec"),
    X("system('rm -rf /x')", ANY, "system"),
    X("system \"rm -rf /x\"", ANY, "system"),
    X("exec 'rm -rf /x'", ANY, "exec"),
    X("$x = `rm -rf /x`;", ANY, "qx"),
    X("<?php system('rm -rf /x');", ANY, "system"),
    X("my $x = 1; system($x = 'rm -rf /x');", ANY, "system"),
    X("#!/usr/bin/env ruby\nsystem 'rm -rf /x'", ANY, "system"),
    X("```python\nimport os\nos.system('rm -rf /x')\n```", ANY, "os.system"),
    X("f(x) // it's\nos.system('rm -rf /x') // isn't", ANY, "os.system"),
#undef X
};

/* Code in which nothing is run, though it is named: no call of the kind, and no command. */
static const struct look_alike {
    const char *name;
    const char *tool;
} look_alikes[] = {
    {"print(\"os.system('rm -rf /x')\")",                            PY        },
    { "# os.system('rm -rf /x')",                                    PY        },
    { "x = 1 # os.system('rm -rf /x')\nprint(x)",                    PY        },
    { "\"\"\"Never call os.system('rm -rf /x').\"\"\"",              PY        },
    { "def f():\n    '''os.system('rm')'''\n    return 1",           PY        },
    { "s = r\"os.system('rm')\"",                                    PY        },
    { "s = f\"os.system('{x}')\"",                                   PY        },
    { "import os\nprint(os.getcwd(), os.path.join('a', 'b'))",       PY        },
    { "import os\nprint(os.system)",                                 PY        },
    { "import subprocess\nprint(subprocess.PIPE)",                   PY        },
    { "system = {'a': 1}\nprint(system['a'])",                       PY        },
    { "def system(x): return x\nprint(system('rm -rf /x'))",         PY        },
    { "import platform\nprint(platform.system())",                   PY        },
    { "platform.system('rm -rf /x')",                                PY        },
    { "class A:\n    def popen(self, x): return x\nA().popen('rm')", PY        },
    { "cursor.execute('delete from t')",                             PY        },
    { "re.compile('rm -rf')",                                        PY        },
    { "re.compile('a').sub('b', 'rm -rf /x')",                       PY        },
    { "executor.submit(f, 'rm -rf /x')",                             PY        },
    { "model.eval()",                                                PY        },
    { "pool.run('rm')",                                              PY        },
    { "app.run(host='x')",                                           PY        },
    { "d = {'os.system': 'rm -rf /x'}",                              PY        },
    { "logging.info('subprocess.run(%s)', 'rm -rf /x')",             PY        },
    { "assert 'os.system(1)' in text",                               PY        },
    { "open('a.txt').read()",                                        PY        },
    { "open('a|b')",                                                 PY        },
    { "x = '''\nos.system('rm')\n'''",                               PY        },
    { "x = 'it\\'s os.system(1)'",                                   PY        },
    { "print('a' 'os.system(1)')",                                   PY        },
    { "from math import *\nsqrt(2)",                                 PY        },
    { "from os import path\npath.join('rm', '-rf')",                 PY        },
    { "n = 10 % 3; m = n %x(2)",                                     PY        },
    { "def exec_command_name(): return 'rm'",                        PY        },
    { "print('!rm -rf /x')",                                         PY        },
    { "x != y",                                                      PY        },
    { "a = [1,2]\n(b) = 3",                                          PY        },
    { "os.environ['system'] = 'rm -rf /x'",                          PY        },
    { "f'{x!r} os.system(1)'",                                       PY        },
    { "'%s' % 'rm -rf /x'",                                          PY        },
    { "console.log(\"require('child_process').exec('rm')\")",        JS        },
    { "// require('child_process').exec('rm -rf /x')",               JS        },
    { "/* require('child_process').exec('rm -rf /x') */ x()",        JS        },
    { "/a(b)/.exec('rm -rf /x')",                                    JS        },
    { "const m = re.exec('rm -rf /x')",                              JS        },
    { "pattern.exec('rm')",                                          JS        },
    { "x = /require('child_process').exec('rm')/.test(y)",           JS        },
    { "setTimeout(() => f('rm -rf /x'), 10)",                        JS        },
    { "setTimeout(function () { f() }, 10)",                         JS        },
    { "db.exec('delete from t')",                                    JS        },
    { "const text = `system('rm -rf /x')`",                          JS        },
    { "const exec = (x) => x; exec('rm -rf /x')",                    JS        },
    { "function system(a) { return a }\nsystem('rm -rf /x')",        JS        },
    { "import fs from 'fs'\nfs.readFileSync('rm')",                  JS        },
    { "class A { constructor(a) { this.a = a } }",                   JS        },
    { "a = b / c; d = 'exec(1)' / e",                                JS        },
    { "fetch('https://example.com/exec')",                           JS        },
    { "print \"system('rm -rf /x')\\n\";",                           PERL      },
    { "# system('rm -rf /x')\nprint 1;",                             PERL      },
    { "my $x = 'exec(1)';",                                          PERL      },
    { "=pod\n\nsystem('rm -rf /x')\n\n=cut\nprint 1;\n",             PERL      },
    { "print 1;\n__END__\nsystem('rm -rf /x')\n",                    PERL      },
    { "my %h = (system => 'rm -rf /x');",                            PERL      },
    { "$x =~ s/system('rm')/x/;",                                    PERL      },
    { "$x =~ m{`rm`};",                                              PERL      },
    { "my $x = q{`rm -rf /x`};",                                     PERL      },
    { "open(my $f, '<', 'a.txt');",                                  PERL      },
    { "open(F, 'a.txt');",                                           PERL      },
    { "eval { f(1) };",                                              PERL      },
    { "puts \"system('rm -rf /x')\"",                                RUBY      },
    { "# `rm -rf /x`\nputs 1",                                       RUBY      },
    { "=begin\n`rm -rf /x`\n=end\nputs 1",                           RUBY      },
    { "puts '`rm -rf /x`'",                                          RUBY      },
    { "x = %q(`rm -rf /x`)",                                         RUBY      },
    { "x = :system",                                                 RUBY      },
    { "{system: 'rm -rf /x'}",                                       RUBY      },
    { "a = <<~E\n  system('rm -rf /x')\nE\n",                        RUBY      },
    { "x =~ /`rm -rf`/",                                             RUBY      },
    { "open('a.txt').read",                                          RUBY      },
    { "x.system('rm -rf /x')",                                       RUBY      },
    { "<?php echo \"system('rm -rf /x')\";",                         PHP       },
    { "// system('rm -rf /x');\necho 1;",                            PHP       },
    { "/* `rm -rf /x` */ echo 1;",                                   PHP       },
    { "# `rm -rf /x`\necho 1;",                                      PHP       },
    { "system('rm -rf /x')",                                         "add_note"},
    { "<p>system('rm -rf /x')</p><?php echo 1;",                     PHP       },
    { "$x = '`rm -rf /x`';",                                         PHP       },
    { "$db->exec('delete from t');",                                 PHP       },
    { "$pdo->query('system(1)');",                                   PHP       },
    { "curl_exec($c);",                                              PHP       },
    { "assert($x === 'system(1)');",                                 PHP       },
    { "print(\"os.system('rm -rf /x')\")",                           ANY       },
    { "# os.system('rm -rf /x')",                                    ANY       },
    { "// os.system('rm -rf /x')",                                   ANY       },
    { "/* os.system('rm -rf /x') */",                                ANY       },
    { "x = 'system(1)'; y = \"exec('a')\"",                          ANY       },
    { "exec('print(1)')",                                            ANY       },
    { "x = 7 // 2 # it's\nprint(x)",                                 ANY       },
};

/* What else the lists hold. */
static const struct row {
    const char *name, *tool, *code;
    unsigned list;
    const char *want;
} rows[] = {
    {"calls in their order",                 PY,   "a.b(c(1))(2); d()",                                                                       AIS_CODE_CALLS,  "c ; a.b ; d"                                  },
    { "a function given to a lambda",        PY,   "(lambda f: f('id'))(os.system)",                                                          AIS_CODE_CALLS,  "f ; os.system"                                },
    { "a function as a decorator",           PY,   "@os.system\n@lambda _: 'id'\nclass A: pass",                                              AIS_CODE_CALLS,  "os.system"                                    },
    { "a function in a map",                 PY,   "{'a': os.system}['a']('id')",                                                             AIS_CODE_CALLS,  "os.system"                                    },
    { "a function set as a member",          PY,   "setattr(x, 'f', os.system)",                                                              AIS_CODE_CALLS,  "setattr ; os.system"                          },
    { "a member that is looked for",         PY,   "attrgetter('system')(os)('id')",                                                          AIS_CODE_CALLS,  "attrgetter ; os.system"                       },
    { "a decorator with a function",         PY,   "@functools.wraps(subprocess.run)\ndef f(): pass",                                         AIS_CODE_CALLS,
     "functools.wraps"                                                                                                                                                                                        },
    { "a decorator",                         PY,   "@app.route\n@os.path.join\ndef f(): pass",                                                AIS_CODE_CALLS,  ""                                             },
    { "a getter of another member",          PY,   "attrgetter('name')(x)",                                                                   AIS_CODE_CALLS,  "attrgetter"                                   },
    { "a map of others",                     PY,   "x = {'a': os.path, 'b': os.getcwd}",                                                      AIS_CODE_CALLS,  ""                                             },
    { "methods of what a call returns",      PY,   "import socket\ns = socket.socket()\ns.connect(('h', 1))",                                 AIS_CODE_CALLS,
     "socket.socket ; socket.socket.connect"                                                                                                                                                                  },
    { "methods of texts",                    PY,   "'a'.foo()",                                                                               AIS_CODE_CALLS,  "str.foo"                                      },
    { "files",                               PY,   "open('/etc/shadow').read()",                                                              AIS_CODE_CALLS,  "open ; open.read"                             },
    { "and their names",                     PY,   "open('/etc/shadow').read()",                                                              AIS_CODE_ARGS,   "/etc/shadow"                                  },
    { "arguments in lists",                  PY,   "f(['a', 'b'], 'c', x)",                                                                   AIS_CODE_ARGS,   "a|b|c"                                        },
    { "removal",                             PY,   "from shutil import rmtree as r\nr('/x')",                                                 AIS_CODE_CALLS,  "shutil.rmtree"                                },
    { "a member that is not known",          PY,   "getattr(os, x)('id')",                                                                    AIS_CODE_CALLS,  "getattr ; os.?"                               },
    { "a module that is not known",          PY,   "__import__(x).system('id')",                                                              AIS_CODE_CALLS,  "__import__ ; ?.system"                        },
    { "what is run was fetched",             PY,   "import requests\nexec(requests.get('u').text)",                                           AIS_CODE_CALLS,
     "requests.get ; exec|exec(requests.get)"                                                                                                                                                                 },
    { "also by way of a name",               PY,   "x = requests.get('u').text\ny = x + '1'\nexec(y)",                                        AIS_CODE_CALLS,
     "requests.get ; exec|exec(requests.get)"                                                                                                                                                                 },
    { "what is run was decoded",             PY,   "exec(zlib.decompress(x))",                                                                AIS_CODE_CALLS,
     "zlib.decompress ; exec|exec(zlib.decompress)"                                                                                                                                                           },
    { "a command was asked for",             PY,   "os.system(input())",                                                                      AIS_CODE_CALLS,  "input ; os.system|os.system(input)"           },
    { "a command beside an option",          PY,   "os.popen(c, 'r')",                                                                        AIS_CODE_SHELLS, "{c}"                                          },
    { "a command by its name",               PY,   "import subprocess\nsubprocess.run(shell=True, args='id -u')",                             AIS_CODE_SHELLS,
     "id -u"                                                                                                                                                                                                  },
    { "an environment before it",            RUBY, "spawn({'A' => 'b'}, 'id -u')",                                                            AIS_CODE_SHELLS, "id -u"                                        },
    { "types are no calls",                  PY,   "def f(x: List[int]) -> List[str]:\n    return g(x)",                                      AIS_CODE_CALLS,  "g"                                            },
    { "operators are none either",           PERL, "f(1) if $x eq 'a';",                                                                      AIS_CODE_CALLS,  "f"                                            },
    { "a command that is not known",         PY,   "os.system(c)",                                                                            AIS_CODE_SHELLS, "{c}"                                          },
    { "called before its definition",        PY,   "def main():\n    run('rm -rf /x')\ndef run(c):\n    os.system(c)\nmain()",
     AIS_CODE_SHELLS,                                                                                                                                          "{c} ; rm -rf /x"                              },
    { "through others, the last first",      PY,
     "def main():\n    c = 'rm -rf /x'\n    a(c)\ndef a(x):\n    b('sudo ' + x)\ndef b(y):\n    os.system(y)\nmain()",                        AIS_CODE_SHELLS, "{y} ; sudo rm -rf /x|rm -rf /x ; sudo {x}|{x}"},
    { "a function that is hoisted",          JS,   "go('rm -rf /x'); function go(c) { require('child_process').exec(c) }",
     AIS_CODE_SHELLS,                                                                                                                                          "{c} ; rm -rf /x"                              },
    { "what runs nothing",                   PY,   "def main():\n    note('rm -rf /x')\ndef note(c):\n    print(c)\nmain()",
     AIS_CODE_SHELLS,                                                                                                                                          ""                                             },
    { "early, of one that calls itself",     PY,
     "def main():\n    a('id')\ndef a(c):\n    b(c)\ndef b(c):\n    os.system(c)\n    a(c)\nmain()",                                          AIS_CODE_SHELLS,
     "{c} ; id"                                                                                                                                                                                               },
    { "a call that a function passes on",    PY,   "import shutil\ndef go(p):\n    shutil.rmtree(p)\ngo('/')",                                AIS_CODE_ARGS,
     "/ ; /"                                                                                                                                                                                                  },
    { "early",                               PY,   "import shutil\ndef main():\n    go('/x')\ndef go(p):\n    shutil.rmtree(p)\nmain()",      AIS_CODE_ARGS,
     "/x ; /x"                                                                                                                                                                                                },
    { "a lambda that passes it on",          PY,   "import shutil\ngo = lambda p: shutil.rmtree(p)\ngo('/')",                                 AIS_CODE_ARGS,
     "/ ; /"                                                                                                                                                                                                  },
    { "of Ruby",                             RUBY, "def wipe(p)\n  FileUtils.rm_rf(p)\nend\nwipe('/etc')",                                    AIS_CODE_ARGS,   "/etc ; /etc"                                  },
    { "of Perl",                             PERL, "sub w { my $p = shift; unlink($p); } w('/etc/passwd');",                                  AIS_CODE_ARGS,
     "/etc/passwd ; /etc/passwd"                                                                                                                                                                              },
    { "of JavaScript",                       JS,   "const fs=require('fs');function evil(p){ fs.rmSync(p,{recursive:true}); }\nevil('/etc')",
     AIS_CODE_ARGS,                                                                                                                                            "fs ; /etc ; /etc"                             },
    { "a function of Ruby",                  RUBY, "def run(c)\n  system(c) if c\nend\nrun('rm -rf /x')",                                     AIS_CODE_SHELLS,
     "{c} ; rm -rf /x"                                                                                                                                                                                        },
    { "in one line",                         RUBY, "def run(c); system(c); end; run 'rm -rf /x'",                                             AIS_CODE_SHELLS, "{c} ; rm -rf /x"                              },
    { "without an end",                      RUBY, "def run(c) = system(c)\nrun('rm -rf /x')",                                                AIS_CODE_SHELLS, "{c} ; rm -rf /x"                              },
    { "what follows it is not of it",        RUBY, "def run(c)\n  puts(c)\nend\nsystem('id')\nrun('rm -rf /x')",
     AIS_CODE_SHELLS,                                                                                                                                          "id"                                           },
    { "a function of Perl",                  PERL, "sub run { my ($c) = @_; system($c); } run('rm -rf /x');",                                 AIS_CODE_SHELLS,
     "{$c}|{} ; rm -rf /x"                                                                                                                                                                                    },
    { "its first one is shifted",            PERL, "sub run { my $c = shift; system($c); } run('rm -rf /x');",                                AIS_CODE_SHELLS,
     "{shift} ; rm -rf /x"                                                                                                                                                                                    },
    { "from its list",                       PERL, "sub run { my $c = shift @_; system($c); } run('rm -rf /x');",                             AIS_CODE_SHELLS,
     "{shift} ; rm -rf /x"                                                                                                                                                                                    },
    { "an element of it",                    PERL, "sub run { system($_[0]); } run('rm -rf /x');",                                            AIS_CODE_SHELLS,
     "{$_}|{} ; rm -rf /x"                                                                                                                                                                                    },
    { "another element, early",              PERL, "run('rm -rf /x', 'id'); sub run { system($_[1]) }",                                       AIS_CODE_SHELLS,
     "{$_}|{} ; id"                                                                                                                                                                                           },
    { "all of it",                           PERL, "sub run { system(@_) } run('rm', '-rf', '/x');",                                          AIS_CODE_SHELLS, "{@_} ; rm -rf /x"                             },
    { "what a lambda is called with",        PY,   "f = lambda c: os.system(c)\nf('rm -rf /x')",                                              AIS_CODE_SHELLS,
     "{c} ; rm -rf /x"                                                                                                                                                                                        },
    { "what a function is",                  PY,   "def go(c: str) -> int:\n    x = 1\n    os.system(c)\ngo('rm -rf /x')",                    AIS_CODE_SHELLS,
     "{c} ; rm -rf /x"                                                                                                                                                                                        },
    { "a method",                            PY,   "class A:\n  def go(self, c):\n    os.system(c)\nA().go('rm -rf /x')",                     AIS_CODE_SHELLS,
     "{c} ; rm -rf /x"                                                                                                                                                                                        },
    { "one that calls another",              PY,   "def a(c): os.system(c)\ndef b(d): a(d)\nb('rm -rf /x')",                                  AIS_CODE_SHELLS,
     "{c} ; rm -rf /x"                                                                                                                                                                                        },
    { "one that adds to it",                 PY,   "def go(c): os.system('rm ' + c)\ngo('/x')",                                               AIS_CODE_SHELLS, "rm {c} ; rm /x"                               },
    { "a loop over a list",                  PY,   "for c in ['a', 'b']:\n    x = 1\n    os.system(c)\nos.system(c)",                         AIS_CODE_SHELLS,
     "a ; b ; {c} ; {c}"                                                                                                                                                                                      },
    { "a loop in a line",                    PY,   "for d in ('/a', '/b'): os.system('rm ' + d)",                                             AIS_CODE_SHELLS,
     "rm /a ; rm /b ; rm {d}"                                                                                                                                                                                 },
    { "a loop over a name",                  PY,   "l = ['a']\nfor c in l: os.system(c)",                                                     AIS_CODE_SHELLS, "a ; {c}"                                      },
    { "a loop over what is not known",       PY,   "for c in l: os.system(c)",                                                                AIS_CODE_SHELLS, "{c}"                                          },
    { "a comprehension",                     PY,   "[os.system(c) for c in ['a', 'b']]",                                                      AIS_CODE_SHELLS, "{c} ; a ; b"                                  },
    { "loops in loops",                      PY,   "for a in ['x', 'y']:\n  for b in ['1', '2']:\n    os.system(a + b)",                      AIS_CODE_SHELLS,
     "x1 ; x2 ; x{b} ; y1 ; y2 ; y{b} ; {a}1 ; {a}2 ; {a}"                                                                                                                                                    },
    { "for of",                              JS,   "for (const c of ['a', 'b']) { child_process.execSync(c); }",                              AIS_CODE_SHELLS, "a ; b ; {c}"                                  },
    { "for of, one statement",               JS,   "for (let c of ['a']) child_process.execSync(c); f(c)",                                    AIS_CODE_SHELLS, "a ; {c}"                                      },
    { "foreach as",                          PHP,  "<?php foreach (['a', 'b'] as $c) { system($c); }",                                        AIS_CODE_SHELLS, "a ; b ; {$c}|{}"                              },
    { "for my",                              PERL, "for my $c ('a', 'b') { system($c); }",                                                    AIS_CODE_SHELLS, "a ; b ; {$c}|{}"                              },
    { "for my, of one",                      PERL, "foreach my $c ('a') { system($c); }",                                                     AIS_CODE_SHELLS, "a ; {$c}|{}"                                  },
    { "for in, Ruby",                        RUBY, "for c in ['a', 'b'] do\n  system(c)\nend",                                                AIS_CODE_SHELLS, "a ; b ; {c}"                                  },
    { "words among options",                 JS,   "new Deno.Command('rm', { args: ['-rf', '/x'], env: { A: ['b'] } }).output()",
     AIS_CODE_SHELLS,                                                                                                                                          "rm -rf /x"                                    },
    { "all words among options",             JS,   "Deno.run({ cmd: ['rm', '-rf', '/x'], stdout: 'piped' })",                                 AIS_CODE_SHELLS,
     "rm -rf /x"                                                                                                                                                                                              },
    { "one that calls itself",               PY,   "def go(c):\n  os.system(c)\n  go('b')\ngo('a')",                                          AIS_CODE_SHELLS, "{c} ; b ; a"                                  },
    { "the parameter is unknown again",      PY,   "def go(c): os.system(c)\ngo('a')\nos.system(c)",                                          AIS_CODE_SHELLS,
     "{c} ; a ; {c}"                                                                                                                                                                                          },
    { "one that is given something unknown", PY,   "def go(c): os.system(c)\ngo(x)",                                                          AIS_CODE_SHELLS, "{c}"                                          },
    { "one that runs nothing",               PY,   "def go(c): print(c)\ngo('rm -rf /x')\nos.system(c)",                                      AIS_CODE_SHELLS, "{c}"                                          },
    { "an arrow",                            JS,   "const go = c => require('child_process').exec(c); go('rm -rf /x')",                       AIS_CODE_SHELLS,
     "{c} ; rm -rf /x"                                                                                                                                                                                        },
    { "one with a body",                     JS,
     "const go = async (a, c) => { return require('child_process').exec(c) }; go(1, 'rm -rf /x')",                                            AIS_CODE_SHELLS,
     "{c} ; rm -rf /x"                                                                                                                                                                                        },
    { "a function of JavaScript",            JS,   "function go(c) { require('child_process').exec(c) }\ngo('rm -rf /x')",
     AIS_CODE_SHELLS,                                                                                                                                          "{c} ; rm -rf /x"                              },
    { "one without a name",                  JS,   "let go = function (c) { require('child_process').exec(c) }; go('rm -rf /x')",
     AIS_CODE_SHELLS,                                                                                                                                          "{c} ; rm -rf /x"                              },
    { "a function of PHP",                   PHP,  "function go(string $c) { system($c); } go('rm -rf /x');",                                 AIS_CODE_SHELLS,
     "{$c}|{} ; rm -rf /x"                                                                                                                                                                                    },
    { "one that is known in part",           PY,   "os.system('rm -rf ' + c)",                                                                AIS_CODE_SHELLS, "rm -rf {c}"                                   },
    { "placeholders stay",                   PY,   "os.system(f'rm -rf {c}')",                                                                AIS_CODE_SHELLS, "rm -rf {c}"                                   },
    { "placeholders of templates",           JS,   "require('child_process').exec(`rm ${c}`)",                                                AIS_CODE_SHELLS, "rm {c}"                                       },
    { "placeholders of Ruby",                RUBY, "system(\"rm #{c}\")",                                                                     AIS_CODE_SHELLS, "rm {c}"                                       },
    { "words are quoted",                    PY,   "import subprocess\nsubprocess.run(['rm', 'a b', \"it's\"])",                              AIS_CODE_SHELLS,
     "rm 'a b' 'it'\\''s'|rm a b it's"                                                                                                                                                                        },
    { "commands in a command",               PY,   "os.system('cd /x && sudo rm -rf y')",                                                     AIS_CODE_SHELLS,
     "cd /x && sudo rm -rf y|cd /x|sudo rm -rf y|rm -rf y"                                                                                                                                                    },
    { "disguise",                            PY,   "os.system(\"r''m -r\\\\f /x\")",                                                          AIS_CODE_SHELLS, "r''m -r\\f /x|rm -rf /x"                      },
    { "code in code is a call of its own",   PY,   "eval('f(1)')",                                                                            AIS_CODE_CALLS,  "eval ; f"                                     },
    { "reads that are no commands",          PERL, "unlink 'a', 'b';",                                                                        AIS_CODE_CALLS,  "unlink"                                       },
    { "Java, near enough",                   ANY,  "Runtime.getRuntime().exec(\"id -u\");",                                                   AIS_CODE_SHELLS, "id -u"                                        },
};

/* Where code stands in a request. */
static const struct place {
    const char *name, *body, *want;
} places[] = {
    {"a key",                             "{\"tool_name\":\"t\",\"tool_args\":{\"code\":\"f()\"}}",                                      "f"    },
    { "a key of several words",           "{\"tool_name\":\"t\",\"tool_args\":{\"sourceCode\":\"f()\"}}",                                "f"    },
    { "a language in a key",              "{\"tool_name\":\"t\",\"tool_args\":{\"python_code\":\"x = 1 // g(); f()\"}}",                 "g ; f"},
    { "a language beside it",
     "{\"tool_name\":\"t\",\"tool_args\":{\"code\":\"// g()\\nf()\",\"language\":\"javascript\"}}",                                      "f"    },
    { "a shell beside it",                "{\"tool_name\":\"t\",\"tool_args\":{\"code\":\"f()\",\"language\":\"bash\"}}",                ""     },
    { "languages that differ",
     "{\"tool_name\":\"python_exec\",\"tool_args\":{\"code\":\"1 //1; f()\",\"language\":\"javascript\"}}",                              "f"    },
    { "deeper down",                      "{\"tool_name\":\"t\",\"tool_args\":{\"cells\":[{\"source\":\"f()\"},{\"source\":\"g()\"}]}}",
     "f ; g"                                                                                                                                    },
    { "a tool",                           "{\"tool_name\":\"python\",\"tool_args\":{\"input\":\"f()\"}}",                                "f"    },
    { "a path of a tool",                 "{\"tool_name\":\"python\",\"tool_args\":{\"path\":\"f()\"}}",                                 ""     },
    { "a script that shows its language",
     "{\"tool_name\":\"run_script\",\"tool_args\":{\"script\":\"import os\\nf()\"}}",                                                    "f"    },
    { "a script that does not",           "{\"tool_name\":\"run_script\",\"tool_args\":{\"script\":\"f (x)\"}}",                         ""     },
    { "prose",                            "{\"tool_name\":\"send_email\",\"tool_args\":{\"body\":\"call f() and os.system('x')\"}}",     ""     },
    { "code in a message",                "{\"tool_name\":\"send_email\",\"tool_args\":{\"body\":\"import os\\nf()\"}}",                 ""     },
    { "a comment on code",                "{\"tool_name\":\"code_review\",\"tool_args\":{\"comment\":\"do not use `rm`\"}}",             ""     },
    { "a word of code",                   "{\"tool_name\":\"code_review\",\"tool_args\":{\"finding\":\"do not use `rm`\"}}",             ""     },
    { "a query",                          "{\"tool_name\":\"execute_sql\",\"tool_args\":{\"query\":\"select count(*)\"}}",               ""     },
    { "an input of a weak tool",          "{\"tool_name\":\"run_code\",\"tool_args\":{\"input\":\"f()\"}}",                              "f"    },
    { "a context",                        "{\"tool_name\":\"t\",\"tool_args\":{},\"context\":{\"code\":\"f()\"}}",                       ""     },
    { "python -c",                        "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"python3 -c 'f()'\"}}",                   "f"    },
    { "python -Ic",                       "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"sudo python3.11 -Ic 'f()' x\"}}",        "f"    },
    { "perl -e",                          "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"perl -ne 'f(1)' x\"}}",                  "f"    },
    { "perl -e in one word",              "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"perl -e'f(1)'\"}}",                      "f"    },
    { "ruby -e",                          "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"ruby -rsocket -e 'f(1)'\"}}",            "f"    },
    { "php -r",                           "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"php -r 'f(1);'\"}}",                     "f"    },
    { "node -e",                          "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"node -e 'f(1)'\"}}",                     "f"    },
    { "node --eval",                      "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"node --eval 'f(1)'\"}}",                 "f"    },
    { "a document",                       "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"python3 - <<'E'\\nf()\\nE\"}}",          "f"    },
    { "a pipe",                           "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"echo 'f()' | python3\"}}",               "f"    },
    { "a file",                           "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"echo 'f()' > x.py; python3 x.py\"}}",    "f"    },
    { "an option of another command",     "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"grep -e 'f()' x\"}}",                    ""     },
    { "a script with arguments",          "{\"tool_name\":\"bash\",\"tool_args\":{\"command\":\"python3 x.py -c 'f()'\"}}",              ""     },
};

static const struct ais_part *understand(struct part_lab *lab, const char *tool, const char *code, size_t n)
{
    static const char key[] = "code";
    part_lab_init(lab, "{\"tool_name\":\"t\",\"tool_args\":{}}", strlen("{\"tool_name\":\"t\",\"tool_args\":{}}"));
    static struct ais_json name, args, text;
    text =
        (struct ais_json){ .kind = AIS_JSON_STRING, .text = code, .length = (uint32_t)n, .key = key, .key_length = 4 };
    if (strcmp(tool, "add_note") == 0)
        text.key = "note";
    args = (struct ais_json){ .kind = AIS_JSON_OBJECT, .first = &text, .count = 1 };
    name = (struct ais_json){ .kind = AIS_JSON_STRING, .text = tool, .length = (uint32_t)strlen(tool) };
    lab->request.tool_name = &name;
    lab->request.tool_args = &args;
    const struct ais_part *part = ais_view_part(&lab->view, AIS_PART_CODE);
    assert_false(lab->view.failed);
    return part;
}

static bool has(const struct ais_part *part, unsigned list, const char *want)
{
    for (size_t i = 0; i < part->lists[list].count; i++) {
        const struct ais_value *value = &part->lists[list].items[i];
        if (value->length == strlen(want) && memcmp(value->text, want, value->length) == 0)
            return true;
    }
    return false;
}

static void fail_with(const struct ais_part *part, const char *code)
{
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    part_print(part, AIS_CODE_CALLS, &got);
    ais_buf_text(&got, "\n  commands: ");
    part_print(part, AIS_CODE_SHELLS, &got);
    fail_msg("%s\n  calls: %s", code, got.data);
}

static void check_evasion(void **state)
{
    const struct evasion *row = *state;
    struct part_lab lab;
    const struct ais_part *part = understand(&lab, row->tool, row->name, strlen(row->name));
    assert_null(part->unknown);
    if (!has(part, AIS_CODE_CALLS, row->call) || !has(part, AIS_CODE_SHELLS, row->command))
        fail_with(part, row->name);
    part_lab_done(&lab);
}

static void check_look_alike(void **state)
{
    const struct look_alike *row = *state;
    static const char *const calls[] = { "os.system", "subprocess.run", "child_process.exec", "qx", "shell_exec" };
    struct part_lab lab;
    const struct ais_part *part = understand(&lab, row->tool, row->name, strlen(row->name));
    assert_null(part->unknown);
    for (size_t i = 0; i < N_ELEMS(calls); i++)
        if (has(part, AIS_CODE_CALLS, calls[i]) || part->lists[AIS_CODE_SHELLS].count > 0)
            fail_with(part, row->name);
    part_lab_done(&lab);
}

static void check_print(const struct ais_part *part, unsigned list, const char *want)
{
    AUTO(ais_buf_done) struct ais_buf got = { 0 };
    part_print(part, list, &got);
    assert_string_equal(got.data != NULL ? got.data : "", want);
}

static void check_row(void **state)
{
    const struct row *row = *state;
    struct part_lab lab;
    const struct ais_part *part = understand(&lab, row->tool, row->code, strlen(row->code));
    assert_null(part->unknown);
    check_print(part, row->list, row->want);
    part_lab_done(&lab);
}

static void check_place(void **state)
{
    const struct place *row = *state;
    struct part_lab lab;
    part_lab_init(&lab, row->body, strlen(row->body));
    check_print(ais_view_part(&lab.view, AIS_PART_CODE), AIS_CODE_CALLS, row->want);
    assert_false(lab.view.failed);
    part_lab_done(&lab);
}

/* Past a bound: unknown, with a reason that names it, and what was understood before stays. */
static const struct bound {
    const char *name, *before, *repeated, *after;
    size_t times;
    const char *want; /* NULL: it is within the bounds */
} bounds[] = {
    {"many calls",                   "",                      "f();",                 "",                                    4000,  NULL                                     },
    { "more calls",                  "",                      "f();",                 "",                                    4200,  "more than 4096 calls in code"           },
    { "long code",                   "",                      "first = second_one\n", "",                                    13000, NULL                                     },
    { "longer code",                 "f()\n",                 "first = second_one\n", "",                                    14000,
     "more than 256 KiB of code, what is read again included"                                                                                                                },
    { "many words and signs",        "",                      "a=b;",                 "",                                    16000, NULL                                     },
    { "more words and signs",        "",                      "a=b;",                 "",                                    17000, "more than 65536 words and signs of code"},
    { "deep brackets",               "",                      "(",                    "",                                    50,    NULL                                     },
    { "deeper brackets",             "",                      "(",                    "",                                    70,    "code nested deeper than 64"             },
    { "deeper assignments",          "",                      "a=",                   "",                                    70,    "code nested deeper than 64"             },
    { "growing text",                "a='aaaaaaaaaaaaaaaa';", "a+=a;",                "",                                    20,    "code makes more than 1 MiB of text"     },
    { "many functions",              "import os\n",           "def f(c):\n  g(c)\n",  "def h(c):\n  g(c)\nos.system('a')\n", 300,   NULL                                     },
    { "one that runs, among many",   "import os\n",           "def f(c):\n  g(c)\n",  "def h(c):\n  os.system(c)\nh('a')\n", 200,
     NULL                                                                                                                                                                    },
    { "one that runs, behind more",  "import os\n",           "def f(c):\n  g(c)\n",  "def h(c):\n  os.system(c)\nh('a')\n", 300,
     "more than 256 functions in code"                                                                                                                                       },
    { "one within one, behind more", "import os\n",           "def f(c):\n  g(c)\n",
     "def h(c):\n  def k(d):\n    g(d)\n  os.system(c)\nh('a')\n",                                                           300,   "more than 256 functions in code"        },
    { "many commands",               "import os\n",           "os.system('a');",      "",                                    1000,  NULL                                     },
    { "more commands",               "import os\n",           "os.system('a');",      "",                                    1100,  "more than 1024 shell texts in code"     },
};

static void check_bound(void **state)
{
    const struct bound *row = *state;
    AUTO(ais_buf_done) struct ais_buf text = { 0 };
    struct part_lab lab;
    ais_buf_text(&text, "id();");
    ais_buf_text(&text, row->before);
    for (size_t i = 0; i < row->times; i++)
        ais_buf_text(&text, row->repeated);
    ais_buf_text(&text, row->after);
    const struct ais_part *part = understand(&lab, PY, text.data, text.length);
    if (row->want == NULL)
        assert_null(part->unknown);
    else
        assert_string_equal(part->unknown, row->want);
    assert_true(has(part, AIS_CODE_CALLS, "id"));
    part_lab_done(&lab);
}

enum {
    EVASIONS_END = N_ELEMS(evasions),
    LOOK_ALIKES_END = EVASIONS_END + N_ELEMS(look_alikes),
    ROWS_END = LOOK_ALIKES_END + N_ELEMS(rows),
    PLACES_END = ROWS_END + N_ELEMS(places),
    TESTS = PLACES_END + N_ELEMS(bounds),
};

int main(void)
{
    static struct CMUnitTest tests[TESTS];
    AIS_ROWS(tests, evasions, check_evasion);
    AIS_ROWS(tests + EVASIONS_END, look_alikes, check_look_alike);
    AIS_ROWS(tests + LOOK_ALIKES_END, rows, check_row);
    AIS_ROWS(tests + ROWS_END, places, check_place);
    AIS_ROWS(tests + PLACES_END, bounds, check_bound);
    return cmocka_run_group_tests_name("policy/facts/code", tests, NULL, NULL);
}
