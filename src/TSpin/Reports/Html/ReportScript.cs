using System.Security.Cryptography;
using System.Text;

namespace TSpin.Reports.Html;

/// <summary>
/// The page's few lines of script: a theme button, values under the pointer, and folded parts opened for printing. The page is
/// complete without it.
/// </summary>
internal static class ReportScript
{
    public const string Text = """
        (()=>{const root=document.documentElement,button=document.getElementById('theme'),tip=document.getElementById('tip');
        button.hidden=false;
        const dark=()=>root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme: dark)').matches;
        const name=()=>button.textContent=dark()?'light':'dark';name();
        button.onclick=()=>{root.dataset.theme=dark()?'light':'dark';name()};
        addEventListener('beforeprint',()=>document.querySelectorAll('details').forEach(d=>d.open=true));
        const short=v=>Math.abs(v)>=1e5||v!==0&&Math.abs(v)<1e-3?v.toExponential(2):String(+v.toPrecision(4));
        document.querySelectorAll('svg.chart').forEach(svg=>{const lines=[...svg.querySelectorAll('path.line[data-name]')];if(!lines.length)return;
        const f={};for(const k of['left','right','top','bottom','x0','x1','y0','y1'])f[k]=+svg.dataset[k];
        let series;
        svg.addEventListener('pointermove',e=>{series??=lines.map(l=>({name:l.dataset.name,points:[...l.getAttribute('d').matchAll(/[ML](-?[\d.]+) (-?[\d.]+)/g)].map(m=>[+m[1],+m[2]])}));
        const box=svg.getBoundingClientRect(),x=(e.clientX-box.left)/box.width*svg.viewBox.baseVal.width;
        let at=null;for(const s of series)for(const p of s.points)if(at===null||Math.abs(p[0]-x)<Math.abs(at-x))at=p[0];
        if(at===null||x<f.left-8||x>f.right+8){tip.style.display='none';return}
        const rows=series.map(s=>{const p=s.points.find(p=>Math.abs(p[0]-at)<.06);return p&&s.name+'  '+short(f.y0+(p[1]-f.bottom)/(f.top-f.bottom)*(f.y1-f.y0))}).filter(Boolean);
        tip.textContent='step '+Math.round(f.x0+(at-f.left)/(f.right-f.left)*(f.x1-f.x0))+'\n'+rows.join('\n');
        tip.style.display='block';
        tip.style.left=Math.max(4,Math.min(e.clientX+14,innerWidth-tip.offsetWidth-6))+'px';tip.style.top=e.clientY+16+'px'});
        svg.addEventListener('pointerleave',()=>tip.style.display='none')})})();
        """;

    /// <summary>The script's hash for the page's content security policy: no other script runs, whatever a response holds.</summary>
    public static string Hash { get; } = "sha256-" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));
}
